// The states that the embedded limiter holds, and for how long. Its decisions are tested in
// tests/contract.
#include <webtool/throttle/in_memory_limiter.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>

#include "support/limit_rule.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"

namespace webtool::throttle {
namespace {

using namespace std::chrono_literals;
using test::rule;

class InMemoryLimiterTest : public testing::Test {
 protected:
  InMemoryLimiterOptions with(std::size_t max_entries) {
    InMemoryLimiterOptions options;
    options.max_entries = max_entries;
    options.clock = clock_.steady_clock();
    return options;
  }
  bool ask(InMemoryLimiter& limiter, std::string_view subject, bool peek = false) {
    auto all = attempt(policy_, {"user", subject});
    all.peek = peek;
    return loop_.run(limiter.decide(all)).allowed;
  }
  Decision decide(InMemoryLimiter& limiter, std::string_view subject, const Policy& policy) {
    return loop_.run(limiter.decide(attempt(policy, {"user", subject})));
  }
  int admitted(InMemoryLimiter& limiter, std::string_view subject, const Policy& policy,
               int count) {
    int sum = 0;
    for (int i = 0; i < count; ++i) sum += decide(limiter, subject, policy).allowed;
    return sum;
  }
  const Policy policy_{"GET /", {rule(1, 10s)}};
  const Policy two_{"GET /two", {rule(2, 10s)}};
  test::ManualClock clock_;
  test::Loop loop_;
};

TEST_F(InMemoryLimiterTest, RefusesImpossibleOptions) {
  EXPECT_THROW(InMemoryLimiter(with(0)), std::invalid_argument);
  auto no_clock = with(1);
  no_clock.clock = nullptr;
  EXPECT_THROW(InMemoryLimiter{no_clock}, std::invalid_argument);
}

TEST_F(InMemoryLimiterTest, ChecksNoSession) {
  EXPECT_FALSE(InMemoryLimiter().checks({}));
}

TEST_F(InMemoryLimiterTest, NeverHoldsMoreThanItMay) {
  for (const std::size_t most : {1u, 2u, 100u, 3'000u}) {
    InMemoryLimiter limiter(with(most));
    for (std::size_t i = 0; i < 3 * most; ++i) {
      EXPECT_TRUE(decide(limiter, std::to_string(i), two_).allowed);
      ASSERT_EQ(limiter.size(), std::min(i + 1, most));
    }
  }
}

TEST_F(InMemoryLimiterTest, ForgetsWhatWasChargedLongestAgoOfThoseThatDenyNobody) {
  InMemoryLimiter limiter(with(4));
  EXPECT_EQ(admitted(limiter, "denied", two_, 3), 2);
  for (const char* subject : {"a", "b", "c"}) EXPECT_EQ(admitted(limiter, subject, two_, 1), 1);
  EXPECT_EQ(admitted(limiter, "d", two_, 1), 1);
  EXPECT_EQ(admitted(limiter, "a", two_, 3), 2);  // is forgotten, and so is b for it
  EXPECT_EQ(admitted(limiter, "c", two_, 3), 1);
  EXPECT_EQ(admitted(limiter, "d", two_, 3), 1);
  EXPECT_EQ(admitted(limiter, "denied", two_, 3), 0);
}

// These names are in the victim's shard by the hash of the standard library, which anybody can
// compute.
TEST_F(InMemoryLimiterTest, ChosenNamesPushOutNobody) {
  const auto shard = [](std::string_view name) {
    return (std::hash<std::string_view>{}(name) >> 48) % 64;
  };
  InMemoryLimiter limiter(with(64 * 1'024));
  const Policy guesses("POST /login", {rule(10, 60s)});
  EXPECT_EQ(admitted(limiter, "victim", guesses, 9), 9);
  for (int i = 0, chosen = 0; chosen < 1'100; ++i) {
    const auto name = "x" + std::to_string(i);
    if (shard(name) != shard("victim")) continue;
    decide(limiter, name, guesses);
    ++chosen;
  }
  EXPECT_EQ(admitted(limiter, "victim", guesses, 20), 1);
}

TEST_F(InMemoryLimiterTest, NoFloodOfNamesMakesADenialForgotten) {
  for (const auto algorithm : test::algorithms) {
    InMemoryLimiter limiter(with(2'000));
    auto one = rule(10, 60s);
    one.algorithm = algorithm;
    const Policy guesses("POST /login", {one});
    EXPECT_EQ(admitted(limiter, "victim", guesses, 11), 10);
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 10'000; ++i)
        decide(limiter, std::to_string(round) + "." + std::to_string(i), guesses);
      EXPECT_EQ(admitted(limiter, "victim", guesses, 3), 0);
    }
    clock_.advance(6s);
    EXPECT_EQ(admitted(limiter, "victim", guesses, 3), algorithm == Algorithm::gcra ? 1 : 0);
    clock_.advance(54s);
    EXPECT_EQ(admitted(limiter, "victim", guesses, 1), 1);
  }
}

TEST_F(InMemoryLimiterTest, ADenialOfOneRuleIsKeptWhileAnotherIsCharged) {
  InMemoryLimiter limiter(with(100));
  const Policy both("GET /", {rule(2, 60s), rule(1'000, 1s)});
  auto all = attempt(both, {"user", "victim"});
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(loop_.run(limiter.decide(all)).allowed);
  all.rules = 0b10;
  EXPECT_TRUE(loop_.run(limiter.decide(all)).allowed);
  for (int i = 0; i < 1'000; ++i) decide(limiter, std::to_string(i), two_);
  all.rules = 0b11;
  EXPECT_FALSE(loop_.run(limiter.decide(all)).allowed);
}

TEST_F(InMemoryLimiterTest, FullOfDenialsItRefusesWhomItCannotCount) {
  InMemoryLimiter limiter(with(100));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(ask(limiter, std::to_string(i)));
  const auto refused = decide(limiter, "new", policy_);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.outcomes.at(0).retry_after, 1s);
  EXPECT_EQ(refused.outcomes.at(0).remaining, 0u);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(ask(limiter, std::to_string(i)));
  EXPECT_EQ(limiter.size(), 100u);
  auto shadow = rule(1, 10s);
  shadow.shadow = true;
  EXPECT_TRUE(decide(limiter, "new", Policy("GET /", {shadow})).allowed);
  clock_.advance(10s);
  EXPECT_TRUE(ask(limiter, "new"));
}

// One request may have several counters. None of them may push out another.
TEST_F(InMemoryLimiterTest, ARequestsOwnCountersAreNotItsRoom) {
  InMemoryLimiter limiter(with(2));
  const Policy roomy("GET /", {rule(2, 10s)}, 20);
  const auto ask_as = [&](std::string_view session) {
    Attempt one;
    one.identity = {"ip", "192.0.2.1"};
    one.counters.push_back({&roomy.groups()[0], session});
    one.counters.push_back({&roomy.address_groups()[0], {}});
    return loop_.run(limiter.decide(one)).allowed;
  };
  for (const char* session : {"a", "b", "c", "d"}) {
    EXPECT_TRUE(ask_as(session));
    EXPECT_EQ(limiter.size(), 2u);
  }
  InMemoryLimiter too_small(with(1));
  Attempt one;
  one.identity = {"ip", "192.0.2.1"};
  one.counters.push_back({&roomy.groups()[0], "a"});
  one.counters.push_back({&roomy.address_groups()[0], {}});
  EXPECT_FALSE(loop_.run(too_small.decide(one)).allowed);
  EXPECT_EQ(too_small.size(), 0u);
  EXPECT_TRUE(decide(too_small, "u", two_).allowed);  // the place was given back
}

TEST_F(InMemoryLimiterTest, LooksAndDenialsAreNotHeld) {
  InMemoryLimiter limiter(with(100));
  EXPECT_TRUE(ask(limiter, "a", true));
  EXPECT_EQ(limiter.size(), 0u);
  EXPECT_TRUE(ask(limiter, "a"));
  EXPECT_FALSE(ask(limiter, "a", true));
  EXPECT_EQ(limiter.size(), 1u);
}

TEST_F(InMemoryLimiterTest, DropsWhatNoLongerMattersAsOthersAreCharged) {
  InMemoryLimiter limiter(with(1'000));
  for (int i = 0; i < 500; ++i) ask(limiter, "old" + std::to_string(i));
  clock_.advance(5s);
  for (int i = 0; i < 10; ++i) ask(limiter, "young" + std::to_string(i));
  EXPECT_EQ(limiter.size(), 510u);
  clock_.advance(5s);
  for (int i = 0; i < 260; ++i) ask(limiter, "new" + std::to_string(i));
  EXPECT_EQ(limiter.size(), 270u);
  EXPECT_FALSE(ask(limiter, "young0"));
}

}  // namespace
}  // namespace webtool::throttle
