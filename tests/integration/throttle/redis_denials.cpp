// A flood of denied requests is answered from memory; how many reach the server is for the server
// to say.
#include "integration/throttle/redis_limiter_fixture.hpp"
#include "support/limit_rule.hpp"

namespace webtool::throttle {
namespace {

using namespace std::chrono_literals;
using test::rule;

class RedisDenials : public RedisLimiterFixture {
 protected:
  RedisLimiterOptions options() {
    RedisLimiterOptions options;
    options.clock = clock_.clock();
    options.denial_clock = clock_.steady_clock();
    return options;
  }
  /// Whether deciding took a question to the server.
  template <class Work>
  bool asks(Work work) {
    const auto before = questions();
    work();
    return questions() != before;
  }
  test::ManualClock clock_;
  RedisLimiter limiter_{cache_, options()};
};

TEST_F(RedisDenials, AFloodDoesNotReachTheServer) {
  const Policy policy("GET /", {rule(2, 100s)});
  EXPECT_TRUE(decide(limiter_, policy).allowed);
  clock_.advance(30s);
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(decide(limiter_, policy).allowed, i < 1);
  EXPECT_LE(questions(), 3);
  clock_.advance(60s);
  const auto denied = decide(limiter_, policy);
  ASSERT_EQ(denied.outcomes.size(), 1u);
  EXPECT_EQ(denied.outcomes[0].limit, &policy.groups()[0].limits[0]);
  EXPECT_FALSE(denied.outcomes[0].allowed);
  EXPECT_EQ(denied.outcomes[0].remaining, 0u);
  EXPECT_EQ(denied.outcomes[0].retry_after, 10s);
  EXPECT_EQ(denied.outcomes[0].reset, 10s);
  EXPECT_LE(questions(), 3);
}

TEST_F(RedisDenials, EndWhenTheRequestWouldPass) {
  for (const auto algorithm : test::algorithms) {
    const Policy policy("GET /", {rule(1, 100s, algorithm)});
    decide(limiter_, policy);
    EXPECT_FALSE(decide(limiter_, policy).allowed);
    clock_.advance(100s - 1us);
    EXPECT_FALSE(asks([&] { EXPECT_FALSE(decide(limiter_, policy).allowed); }));
    clock_.advance(1us);
    EXPECT_TRUE(decide(limiter_, policy).allowed);
    clock_.advance(1h);
  }
}

TEST_F(RedisDenials, AreOfOneIdentityAlone) {
  const Policy policy("GET /", {rule(1, 100s)});
  decide(limiter_, policy);
  EXPECT_FALSE(decide(limiter_, policy).allowed);
  EXPECT_TRUE(decide(limiter_, policy, "124").allowed);
  EXPECT_TRUE(decide(limiter_, attempt(policy, {"ip", "123"})).allowed);
}

TEST_F(RedisDenials, SayNothingOfWhatCostsLess) {
  const Policy policy("GET /", {rule(5, 100s)});
  EXPECT_TRUE(decide(limiter_, policy, "123", 3).allowed);
  EXPECT_FALSE(decide(limiter_, policy, "123", 3).allowed);
  EXPECT_FALSE(asks([&] { EXPECT_FALSE(decide(limiter_, policy, "123", 3).allowed); }));
  EXPECT_FALSE(asks([&] { EXPECT_FALSE(decide(limiter_, policy, "123", 4).allowed); }));
  EXPECT_TRUE(decide(limiter_, policy, "123", 2).allowed);
}

TEST_F(RedisDenials, KnowTheRuleOnEveryRouteAndItsCostThere) {
  auto cheap = rule(5, 100s);
  cheap.throttle_key = "key";
  auto dear = cheap;
  dear.cost = 3;
  auto shadow = dear;
  shadow.shadow = true;
  const Policy cheaper("GET /cheap", {cheap});
  const Policy dearer("GET /dear", {rule(9, 100s), dear});
  const Policy watched("GET /shadow", {shadow});
  EXPECT_TRUE(decide(limiter_, dearer).allowed);
  EXPECT_FALSE(decide(limiter_, dearer).allowed);
  EXPECT_FALSE(asks([&] { EXPECT_FALSE(decide(limiter_, dearer).allowed); }));
  EXPECT_TRUE(decide(limiter_, watched).allowed);
  EXPECT_TRUE(decide(limiter_, cheaper).allowed);
  EXPECT_TRUE(decide(limiter_, cheaper).allowed);
  EXPECT_FALSE(decide(limiter_, cheaper).allowed);
  const auto denied = decide(limiter_, dearer);
  EXPECT_FALSE(denied.allowed);
  EXPECT_EQ(denied.outcomes.at(0).limit->rule, 1u);
}

TEST_F(RedisDenials, DoNotConcernRulesThatDoNotCount) {
  const Policy policy("GET /", {rule(1, 100s), rule(5, 100s)});
  decide(limiter_, policy);
  EXPECT_FALSE(decide(limiter_, policy).allowed);
  auto second = attempt(policy, {"user", "123"});
  second.rules = 0b10;
  EXPECT_TRUE(decide(limiter_, second).allowed);
}

TEST_F(RedisDenials, DoNotStandInForALook) {
  const Policy policy("GET /", {rule(1, 100s), rule(5, 100s)});
  decide(limiter_, policy);
  EXPECT_FALSE(decide(limiter_, policy).allowed);
  auto peek = attempt(policy, {"user", "123"});
  peek.peek = true;
  EXPECT_EQ(decide(limiter_, peek).outcomes.size(), 2u);
}

TEST_F(RedisDenials, AShadowsAreNone) {
  auto shadow = rule(1, 100s);
  shadow.shadow = true;
  const Policy policy("GET /", {shadow, rule(3, 100s)});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(decide(limiter_, policy).allowed);
  EXPECT_FALSE(decide(limiter_, policy).allowed);
}

TEST_F(RedisDenials, OfAnAddressAnswerAllItsSessions) {
  const Policy policy("GET /", {rule(1, 100s)}, 2);
  const auto ask = [&](const std::string& session) {
    Attempt one;
    one.identity = {"ip", "127.0.0.1"};
    one.counters = {{&policy.groups()[0], session}, {&policy.address_groups()[0], {}}};
    return decide(limiter_, one).allowed;
  };
  EXPECT_TRUE(ask("1"));
  EXPECT_TRUE(ask("2"));
  EXPECT_FALSE(ask("3"));
  for (int i = 4; i < 100; ++i) EXPECT_FALSE(asks([&] { EXPECT_FALSE(ask(std::to_string(i))); }));
}

TEST_F(RedisDenials, AreBoundedAndForgettingCostsAQuestion) {
  auto few = options();
  few.remembered_denials = 1;
  RedisLimiter limiter(cache_, few);
  const Policy policy("GET /", {rule(1, 100s)});
  for (int i = 0; i < 1'000; ++i) {
    const auto user = std::to_string(i);
    EXPECT_TRUE(decide(limiter, policy, user).allowed);
    EXPECT_FALSE(decide(limiter, policy, user).allowed);
  }
  const auto before = questions();
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(decide(limiter, policy, std::to_string(i)).allowed);
  EXPECT_GT(questions(), before + 900);
}

}  // namespace
}  // namespace webtool::throttle
