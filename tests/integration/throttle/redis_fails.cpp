// The Redis limiter on a server that is frozen, killed, full, read-only or no longer the key's:
// a decision is refused in time, nothing is charged by halves, and it recovers by itself.
#include "integration/throttle/redis_limiter_fixture.hpp"

#include <webtool/cache/error.hpp>
#include <webtool/throttle/limit_middleware.hpp>

#include "support/fake_request.hpp"
#include "support/limit_rule.hpp"
#include "support/redis_ask.hpp"
#include "support/redis_peer.hpp"

namespace webtool::throttle {
namespace {

using namespace std::chrono_literals;
using cache::StoreUnavailable;
using test::rule;

// Two groups of two rules: four things that are charged together, and refill slower than any test.
Policy make_policy() {
  auto shared = rule(1'000, 8'760h);
  shared.throttle_key = "shared";
  auto other = shared;
  other.algorithm = Algorithm::gcra;
  return Policy("GET /",
                {rule(1'000, 8'760h), rule(1'000, 8'760h, Algorithm::fixed_window), shared, other});
}

class RedisLimiterFails : public testing::Test {
 protected:
  explicit RedisLimiterFails(std::vector<std::string> arguments = {},
                             test::RedisServer::Mode mode = test::RedisServer::Mode::standalone)
      : server_(std::move(arguments), mode) {}

  awaitable<Decision> decide() { return limiter_.decide(all_); }

  boost::system::error_code failure() {
    try {
      (void)loop_.run(decide());
    } catch (const StoreUnavailable& error) {
      return error.code();
    }
    return {};
  }
  /// Tries until there is a decision again.
  Decision until_answered() {
    while (true) {
      try {
        return loop_.run(decide());
      } catch (const StoreUnavailable&) {
      }
    }
  }
  /// What is left in all four, which must be the same.
  std::uint32_t left() {
    auto peek = all_;
    peek.peek = true;
    while (true) {
      try {
        const auto decision = loop_.run(limiter_.decide(peek));
        EXPECT_EQ(decision.outcomes.size(), 4u);
        for (const auto& outcome : decision.outcomes)
          EXPECT_EQ(outcome.remaining, decision.outcomes[0].remaining);
        return decision.outcomes[0].remaining;
      } catch (const StoreUnavailable&) {
      }
    }
  }

  test::RedisServer server_;
  cache::RedisCache cache_{test::impatient(server_.url())};
  RedisLimiter limiter_{cache_};
  const Policy policy_ = make_policy();
  const Attempt all_ = attempt(policy_, {"user", "123"});
  test::Loop loop_;
};

TEST_F(RedisLimiterFails, FrozenInMidLoad) {
  until_answered();
  for (int round = 0; round < 3; ++round) {
    server_.freeze();
    EXPECT_EQ(failure(), redis::Error::timeout);
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(failure());
    server_.thaw();
    until_answered();
    // Charged or not, but wholly.
    EXPECT_LT(left(), 1'000u);
  }
}

TEST_F(RedisLimiterFails, ManyAtOnceAreAllRefusedInTime) {
  until_answered();
  server_.freeze();
  const auto one = [&]() -> awaitable<int> {
    try {
      (void)co_await limiter_.decide(all_);
    } catch (const StoreUnavailable&) {
      co_return 1;
    }
    co_return 0;
  };
  std::vector<awaitable<int>> works;
  for (int i = 0; i < 200; ++i) works.push_back(one());
  for (const auto refused : loop_.run_all(std::move(works))) EXPECT_EQ(refused, 1);
  server_.thaw();
  until_answered();
  left();
}

TEST_F(RedisLimiterFails, KilledAndRestarted) {
  until_answered();
  server_.kill();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(failure());
  server_.restart();
  until_answered();
  EXPECT_EQ(left(), 999u);
}

TEST_F(RedisLimiterFails, FullMemoryChargesNothing) {
  until_answered();
  server_.command({"CONFIG", "SET", "maxmemory", "1"});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(failure(), redis::Error::out_of_memory);
  server_.command({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(left(), 999u);
}

// A decision whose reply is lost may have been charged. It is not sent again: the rule says what to
// do then, and a client is charged once at most.
TEST(RedisLimiterLosesAReply, NeverRunsTheScriptAgain) {
  const std::string whole = "$32\r\n" + std::string(32, '\0') + "\r\n";
  for (const auto& said : {std::string(), std::string("$"), whole.substr(0, 20)}) {
    std::atomic<int> runs = 0;
    test::Peer peer([&](test::Peer::Talk& talk, int number) {
      while (talk.read().find("EVAL") != std::string::npos) {
        ++runs;
        if (number == 0) return talk.write(said);
        talk.write(whole);
      }
    });
    cache::RedisCache cache(peer.url());
    RedisLimiter limiter(cache, asks_always());
    const Policy policy("GET /", {rule(5, 10s)});
    test::Loop loop;
    EXPECT_THROW((void)loop.run(limiter.decide(attempt(policy, {"user", "123"}))),
                 StoreUnavailable);
    EXPECT_EQ(runs, 1) << said;
  }
}

TEST(RedisLimiterLosesAReply, LeavesItToTheRule) {
  for (const auto what : {OnStoreFailure::deny, OnStoreFailure::allow, OnStoreFailure::local}) {
    std::atomic<int> runs = 0;
    test::Peer peer([&](test::Peer::Talk& talk, int) {
      if (talk.read().find("EVAL") != std::string::npos) ++runs;
    });
    cache::RedisCache cache(peer.url());
    RedisLimiter limiter(cache, asks_always());
    LimitMiddleware middleware(limiter);
    auto one = rule(5, 10s);
    one.on_store_failure = what;
    const auto policy = middleware.policy("GET /", {one});
    test::FakeRequest request;
    request.address = boost::asio::ip::make_address("192.0.2.1");
    test::Loop loop;
    const auto verdict = loop.run(middleware.check(request, policy));
    EXPECT_EQ(verdict.status, what == OnStoreFailure::deny ? 503u : 200u);
    EXPECT_EQ(runs, 1);
  }
}

class RedisLimiterOnReplica : public RedisLimiterFails {
 protected:
  RedisLimiterOnReplica()
      : RedisLimiterFails({"--replicaof", "127.0.0.1 " + std::to_string(test::free_port())}) {}
};

TEST_F(RedisLimiterOnReplica, IsRefusedUntilItIsTheMaster) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(failure(), redis::Error::read_only);
  server_.command({"REPLICAOF", "NO", "ONE"});
  until_answered();
  EXPECT_EQ(left(), 999u);
}

class RedisLimiterInCluster : public RedisLimiterFails {
 protected:
  RedisLimiterInCluster() : RedisLimiterFails({}, test::RedisServer::Mode::cluster) {}
};

TEST_F(RedisLimiterInCluster, TheKeyIsNobodysOrAnothers) {
  until_answered();
  server_.command({"CLUSTER", "DELSLOTSRANGE", "0", "16383"});
  EXPECT_EQ(failure(), redis::Error::cluster_down);
  // The other node has all slots, and this one hears of it.
  test::RedisServer other({}, test::RedisServer::Mode::cluster);
  other.command({"CLUSTER", "BUMPEPOCH"});
  const auto bus = *other.command({"CONFIG", "GET", "cluster-port"}).array()->at(1).string();
  server_.command({"CLUSTER", "MEET", "127.0.0.1", std::to_string(other.port()), bus});
  while (failure() != redis::Error::moved) continue;
}

}  // namespace
}  // namespace webtool::throttle
