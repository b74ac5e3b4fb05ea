// What the Redis limiter keeps and for how long, and the session it looks after in the same step.
#include "integration/throttle/redis_limiter_fixture.hpp"

#include <gmock/gmock.h>

#include <webtool/auth/session_store.hpp>
#include <webtool/auth/store_tag.hpp>

#include "support/limit_rule.hpp"

namespace webtool::throttle {
namespace {

using namespace std::chrono_literals;
using test::rule;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class RedisLimiterTest : public RedisLimiterFixture {
 protected:
  RedisLimiter limiter_{cache_, asks_always()};
};

TEST_F(RedisLimiterTest, KeysSayWhoseTheyAre) {
  const Policy policy("GET /", {rule(10, 100s)});
  const auto& own = policy.groups()[0];
  const auto& address = policy.address_groups()[0];
  decide(limiter_, policy, "me@example.org");
  Attempt anonymous;
  anonymous.identity = {"ip", "127.0.0.1"};
  anonymous.counters = {{&own, "session"}, {&address, {}}};
  decide(limiter_, anonymous);
  const auto user = "wt:{" + auth::store_tag("me@example.org") + "}:limit:user:";
  const auto ip = "wt:{" + auth::store_tag("127.0.0.1") + "}:limit:ip:";
  EXPECT_THAT(keys(),
              UnorderedElementsAre(user + own.id, ip + own.id + ":session", ip + address.id));
}

TEST_F(RedisLimiterTest, OneKeyAndOneQuestionForAllRulesOfARoute) {
  const Policy policy("GET /", {rule(10, 100s), rule(20, 200s), rule(5, 1h, Algorithm::gcra)});
  decide(limiter_, policy);
  const auto before = questions();
  for (int i = 0; i < 10; ++i) decide(limiter_, policy);
  EXPECT_EQ(questions(), before + 10);
  EXPECT_EQ(keys().size(), 1u);
}

TEST_F(RedisLimiterTest, ThatNothingCountsNeedsNoQuestion) {
  const Policy policy("GET /", {rule(10, 100s)});
  auto none = attempt(policy, {"user", "123"});
  none.rules = 0;
  EXPECT_TRUE(decide(limiter_, none).allowed);
  EXPECT_EQ(questions(), 0);
}

TEST_F(RedisLimiterTest, LooksAndDenialsLeaveNothingBehind) {
  const Policy policy("GET /", {rule(10, 100s), rule(1'000, 100s)});
  auto peek = attempt(policy, {"user", "123"});
  peek.peek = true;
  decide(limiter_, peek);
  decide(limiter_, policy, "123", 11);
  EXPECT_THAT(keys(), IsEmpty());
}

TEST_F(RedisLimiterTest, GoesByTheServersClock) {
  const Policy policy("GET /", {rule(1, 100s)});
  EXPECT_EQ(decide(limiter_, policy).outcomes.at(0).reset, 100s);
  const auto denied = decide(limiter_, policy);
  EXPECT_FALSE(denied.allowed);
  EXPECT_LT(denied.outcomes.at(0).retry_after, 100s);
  EXPECT_GT(denied.outcomes.at(0).retry_after, 0s);
}

TEST_F(RedisLimiterTest, AKeyIsGoneWhenItNoLongerMatters) {
  for (const auto algorithm : test::algorithms) {
    for (const std::uint32_t most : {1u, 600u}) {
      decide(limiter_, Policy("GET /", {rule(most, 20ms, algorithm)}));
      while (!keys().empty()) continue;
    }
  }
}

// Keys last as long as their slowest rule needs; how long that is goes by a clock that stands.
class RedisLimiterExpiry : public RedisLimiterFixture {
 protected:
  static RedisLimiterOptions with(const test::ManualClock& clock) {
    auto options = asks_always();
    options.clock = clock.clock();
    return options;
  }
  /// That the only key expires in so much time, give or take what the test takes.
  void expect_expiry(std::chrono::milliseconds time) {
    const auto all = keys();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_LE(ttl(all[0]), time);
    EXPECT_GT(ttl(all[0]), time - 10min);
  }
  test::ManualClock clock_;
  RedisLimiter limiter_{cache_, with(clock_)};
};

TEST_F(RedisLimiterExpiry, OfASlidingWindowIsAnIntervalAfterItsLastCharge) {
  for (const std::uint32_t most : {2u, 600u}) {
    const Policy policy("GET /", {rule(most, 2h)});
    decide(limiter_, policy, "123", most / 2);
    clock_.advance(1h);
    decide(limiter_, policy, "123", most / 2);
    expect_expiry(2h);
    // What is denied moves nothing.
    server_.command({"PEXPIRE", keys()[0], "3600000"});
    EXPECT_FALSE(decide(limiter_, policy).allowed);
    expect_expiry(1h);
    server_.command({"FLUSHALL"});
  }
}

TEST_F(RedisLimiterExpiry, OfAFixedWindowIsItsEnd) {
  const Policy policy("GET /", {rule(2, 2h, Algorithm::fixed_window)});
  decide(limiter_, policy);
  expect_expiry(2h);
  clock_.advance(1h);
  decide(limiter_, policy);
  expect_expiry(1h);
}

TEST_F(RedisLimiterExpiry, OfABucketIsWhenItIsFull) {
  const Policy policy("GET /", {rule(10, 10h, Algorithm::gcra)});
  decide(limiter_, policy);
  expect_expiry(1h);
  decide(limiter_, policy, "123", 5);
  expect_expiry(6h);
  clock_.advance(4h);
  decide(limiter_, policy);
  expect_expiry(3h);
}

TEST_F(RedisLimiterExpiry, OfManyRulesIsTheSlowestsAlsoWhereThatDoesNotCount) {
  const Policy policy("GET /", {rule(10, 5h), rule(2, 1h), rule(10, 10h, Algorithm::gcra)});
  decide(limiter_, policy);
  expect_expiry(5h);
  clock_.advance(1h);
  auto second = attempt(policy, {"user", "123"});
  second.rules = 0b010;
  decide(limiter_, second);
  expect_expiry(4h);
}

TEST_F(RedisLimiterTest, SurvivesThatTheServerForgetsItsScripts) {
  const Policy policy("GET /", {rule(3, 100s)});
  EXPECT_TRUE(decide(limiter_, policy).allowed);
  server_.command({"SCRIPT", "FLUSH"});
  EXPECT_EQ(decide(limiter_, policy).outcomes.at(0).remaining, 1u);
}

TEST_F(RedisLimiterTest, AKeyOfAnotherKindIsNoLicence) {
  const Policy policy("GET /", {rule(3, 100s)});
  decide(limiter_, policy);
  const auto key = keys()[0];
  server_.command({"DEL", key});
  server_.command({"RPUSH", key, "no state"});
  EXPECT_THROW(decide(limiter_, policy), std::exception);
}

class RedisLimiterSession : public RedisLimiterTest {
 protected:
  RedisLimiterSession() {
    session_.id = std::string(16, 'a');
    session_.refresh = std::string(16, '1');
    session_.created = session_.rotated = now_;
    session_.expires = now_ + 1h;
    loop_.run(store_->save("123", session_, 10, now_));
  }
  /// With a session of which this is known, at that time.
  Decision ask(std::string_view session, std::string_view refresh, Timestamp time) {
    const auto check = store_->check_of("123", session, {auth::Id(refresh), now_}, time);
    auto all = attempt(policy_, {"user", "123"});
    all.session = &check;
    return decide(limiter_, all);
  }
  void expect_nothing_charged() { EXPECT_EQ(keys().size(), 1u); }

  const Timestamp now_ = system_now();
  auth::Session session_;
  std::unique_ptr<auth::SessionStore> store_ = auth::make_session_store(cache_);
  const Policy policy_{"GET /", {rule(2, 100s)}};
};

TEST_F(RedisLimiterSession, ThatLivesIsChargedInTheSameQuestion) {
  const auto before = questions();
  for (int i = 0; i < 3; ++i) {
    const auto decision = ask(session_.id, session_.refresh, now_);
    EXPECT_FALSE(decision.session_error);
    EXPECT_EQ(decision.allowed, i < 2);
    EXPECT_EQ(decision.outcomes.size(), 1u);
  }
  EXPECT_EQ(questions(), before + 3);
}

TEST_F(RedisLimiterSession, ThatHasEndedIsChargedNothing) {
  const auto expect_ended = [&](const Decision& decision) {
    EXPECT_TRUE(decision.session_error);
    EXPECT_FALSE(decision.allowed);
    EXPECT_THAT(decision.outcomes, IsEmpty());
    expect_nothing_charged();
  };
  expect_ended(ask(std::string(16, 'b'), session_.refresh, now_));
  expect_ended(ask(session_.id, std::string(16, '2'), now_));
  expect_ended(ask(session_.id, session_.refresh, session_.expires));
  EXPECT_FALSE(ask(session_.id, session_.refresh, session_.expires - 1us).session_error);
  server_.command({"FLUSHALL"});
  EXPECT_TRUE(ask(session_.id, session_.refresh, now_).session_error);
}

// The store has lost the rotation that made the issue.
TEST_F(RedisLimiterSession, OfALaterIssueIsAlive) {
  const auto ask_at = [&](Timestamp issued) {
    const auto check =
        store_->check_of("123", session_.id, {auth::Id(std::string(16, '2')), issued}, now_);
    auto all = attempt(policy_, {"user", "123"});
    all.session = &check;
    return decide(limiter_, all).session_error;
  };
  EXPECT_EQ(ask_at(session_.rotated), jose::TokenError::revoked);
  EXPECT_EQ(ask_at(Timestamp()), jose::TokenError::revoked);
  EXPECT_FALSE(ask_at(session_.rotated + 1us));
}

TEST_F(RedisLimiterSession, IsLookedAfterAlsoWhereNothingCounts) {
  const auto check =
      store_->check_of("123", session_.id, {auth::Id(std::string(16, '2')), {}}, now_);
  auto none = attempt(policy_, {"user", "123"});
  none.rules = 0;
  none.session = &check;
  EXPECT_TRUE(decide(limiter_, none).session_error);
}

TEST_F(RedisLimiterSession, MustBeOnTheSameCache) {
  const auto check = store_->check_of("123", session_.id, {auth::Id(session_.refresh), {}}, now_);
  EXPECT_TRUE(limiter_.checks(check));
  cache::RedisCache other(server_.url());
  EXPECT_FALSE(RedisLimiter(other).checks(check));
}

// A node of a cluster refuses keys that were not declared or that lie in different slots.
TEST(RedisLimiterCluster, AllKeysOfAnAttemptAreInOneSlot) {
  test::RedisServer server({}, test::RedisServer::Mode::cluster);
  cache::RedisCache cache(server.url());
  test::Loop loop;
  RedisLimiter limiter(cache, asks_always());
  const auto store = auth::make_session_store(cache);
  auto shared = rule(1'000, 100s);
  shared.throttle_key = "shared";
  const Policy policy("GET /", {rule(10, 100s), shared});
  auth::Session session;
  session.id = session.refresh = std::string(16, '1');
  session.created = system_now();
  session.expires = session.created + 1h;
  for (int i = 0; i < 50; ++i) {
    const auto subject = "user" + std::to_string(i);
    loop.run(store->save(subject, session, 10, session.created));
    const auto check =
        store->check_of(subject, session.id, {auth::Id(session.refresh), {}}, session.created);
    auto all = attempt(policy, {"user", subject});
    all.counters.push_back({&policy.address_groups()[0], {}});
    all.counters.push_back({&policy.groups()[0], "session"});
    all.session = &check;
    EXPECT_TRUE(loop.run(limiter.decide(all)).allowed);
  }
  // And it would have told us.
  const redis::Script script("#!lua\nreturn redis.call('GET', KEYS[1])");
  const auto tag = [](std::string_view subject) { return "wt:{" + auth::store_tag(subject) + "}"; };
  const std::string first = tag("user1"), second = tag("user2");
  const std::string_view keys[] = {first, second};
  EXPECT_EQ(loop.run(cache.client().evaluate(script, keys, {})).error(), redis::Error::cross_slot);
}

}  // namespace
}  // namespace webtool::throttle
