// The behaviour of every limiter, one property in each test. limiter_model.cpp compares everything
// with a model.
#include "contract/limiters.hpp"

#include <set>

#include <webtool/auth/store_tag.hpp>

#include "support/limit_rule.hpp"

namespace webtool::throttle {
namespace {

using namespace std::chrono_literals;
using test::algorithms;
using test::rule;

template <class Where>
class LimiterSuite : public LimiterContract<Where> {
 protected:
  Decision decide(const Policy& policy, std::string_view user = "123", std::uint32_t times = 1) {
    auto all = attempt(policy, {"user", user});
    all.times = times;
    return LimiterContract<Where>::decide(all);
  }
  Decision peek(const Policy& policy, std::uint32_t times = 1) {
    auto all = attempt(policy, {"user", "123"});
    all.times = times;
    all.peek = true;
    return LimiterContract<Where>::decide(all);
  }
  // Returns how many of `requests` are admitted.
  int admitted(const Policy& policy, int requests, std::string_view user = "123") {
    int count = 0;
    for (int i = 0; i < requests; ++i) count += decide(policy, user).allowed;
    return count;
  }
};
TYPED_TEST_SUITE(LimiterSuite, AllLimiters);

TYPED_TEST(LimiterSuite, AdmitsExactlyNInAColdWindow) {
  for (const auto algorithm : algorithms) {
    for (const std::uint32_t most : {1u, 2u, 10u, 700u}) {
      const Policy policy("GET /" + std::to_string(most), {rule(most, 100s, algorithm)});
      for (std::uint32_t i = 0; i < most; ++i) {
        const auto decision = this->decide(policy);
        ASSERT_TRUE(decision.allowed);
        ASSERT_EQ(decision.outcomes.at(0).remaining, most - i - 1);
        ASSERT_EQ(decision.outcomes.at(0).retry_after, 0s);
      }
      EXPECT_EQ(this->admitted(policy, 10), 0);
    }
  }
}

TYPED_TEST(LimiterSuite, SomeoneWhoPollsGetsTheirRate) {
  for (const auto algorithm : algorithms) {
    const Policy policy("GET /", {rule(4, 10s, algorithm)});
    int count = 0;
    for (int second = 0; second < 60; ++second) {
      count += this->decide(policy).allowed;
      this->clock_.advance(1s);
    }
    // A full bucket has 4 requests, and refills one every 2.5 s.
    EXPECT_EQ(count, algorithm == Algorithm::gcra ? 4 + 23 : 24);
  }
}

TYPED_TEST(LimiterSuite, AWindowAdmitsAgainAsItsChargesLeaveIt) {
  const Policy policy("GET /", {rule(2, 10s)});
  EXPECT_TRUE(this->decide(policy).allowed);
  this->clock_.advance(4s);
  EXPECT_TRUE(this->decide(policy).allowed);
  this->clock_.advance(1s);
  auto denied = this->decide(policy);
  EXPECT_FALSE(denied.allowed);
  EXPECT_EQ(denied.outcomes.at(0).retry_after, 5s);
  EXPECT_EQ(denied.outcomes.at(0).reset, 5s);
  this->clock_.advance(5s - 1us);
  denied = this->decide(policy);
  EXPECT_FALSE(denied.allowed);
  EXPECT_EQ(denied.outcomes.at(0).retry_after, 1us);
  this->clock_.advance(1us);
  EXPECT_EQ(this->admitted(policy, 2), 1);
}

TYPED_TEST(LimiterSuite, WhoComesBackWhenToldIsAdmitted) {
  for (const auto algorithm : algorithms) {
    const Policy policy("GET /", {rule(7, 10s, algorithm), rule(30, 60s, algorithm)});
    for (int i = 0; i < 100; ++i) {
      const auto decision = this->decide(policy);
      auto wait = 0us;
      for (const auto& outcome : decision.outcomes) wait = std::max(wait, outcome.retry_after);
      EXPECT_EQ(decision.allowed, wait == 0us);
      if (wait == 0us) continue;
      this->clock_.advance(wait - 1us);
      ASSERT_FALSE(this->decide(policy).allowed);
      this->clock_.advance(1us);
      ASSERT_TRUE(this->decide(policy).allowed);
    }
  }
}

TYPED_TEST(LimiterSuite, ChargesAllOrNothing) {
  const Policy policy("GET /", {rule(2, 10s), rule(100, 60s)});
  EXPECT_EQ(this->admitted(policy, 10), 2);
  const auto denied = this->decide(policy);
  ASSERT_EQ(denied.outcomes.size(), 2u);
  EXPECT_FALSE(denied.outcomes[0].allowed);
  EXPECT_TRUE(denied.outcomes[1].allowed);
  EXPECT_EQ(denied.outcomes[1].remaining, 98u);
}

TYPED_TEST(LimiterSuite, CountsEqualTimesEach) {
  for (const auto algorithm : algorithms)
    EXPECT_EQ(this->admitted(Policy("GET /", {rule(4, 10s, algorithm)}), 100), 4);
}

TYPED_TEST(LimiterSuite, WhatCostsMoreThanTheLimitNeverPasses) {
  for (const auto algorithm : algorithms) {
    const Policy policy("GET /", {rule(5, 10s, algorithm)});
    const auto denied = this->decide(policy, "123", 6);
    EXPECT_FALSE(denied.allowed);
    EXPECT_EQ(denied.outcomes.at(0).retry_after, Outcome::never);
    EXPECT_EQ(denied.outcomes.at(0).remaining, 5u);
    const auto most = std::numeric_limits<std::uint32_t>::max();
    EXPECT_EQ(this->decide(policy, "123", most).outcomes.at(0).retry_after, Outcome::never);
    EXPECT_TRUE(this->decide(policy, "123", 5).allowed);
  }
}

TYPED_TEST(LimiterSuite, ACostOfMoreThan32BitsIsNotFree) {
  auto expensive = rule(65'536, 10s, Algorithm::gcra);
  expensive.cost = 65'536;
  const Policy policy("GET /", {expensive});
  for (const std::uint32_t times : {65'536u, 65'537u, 131'072u}) {
    const auto denied = this->decide(policy, "123", times);
    EXPECT_FALSE(denied.allowed);
    EXPECT_EQ(denied.outcomes.at(0).retry_after, Outcome::never);
  }
  EXPECT_EQ(this->admitted(policy, 3), 1);
}

TYPED_TEST(LimiterSuite, ARuleAndARequestCostWhatTheySay) {
  auto expensive = rule(10, 10s);
  expensive.cost = 3;
  const Policy policy("GET /", {expensive});
  EXPECT_EQ(this->decide(policy, "123", 2).outcomes.at(0).remaining, 4u);
  EXPECT_FALSE(this->decide(policy, "123", 2).allowed);
  EXPECT_EQ(this->decide(policy).outcomes.at(0).remaining, 1u);
  EXPECT_FALSE(this->decide(policy).allowed);
}

TYPED_TEST(LimiterSuite, PeekingAndNothingCostNothing) {
  for (const auto algorithm : algorithms) {
    const Policy policy("GET /", {rule(3, 10s, algorithm)});
    for (int i = 0; i < 10; ++i) {
      const auto seen = this->peek(policy);
      EXPECT_TRUE(seen.allowed);
      EXPECT_EQ(seen.outcomes.at(0).remaining, 3u);
      EXPECT_EQ(seen.outcomes.at(0).reset, 0s);
      EXPECT_FALSE(this->peek(policy, 4).allowed);
      EXPECT_EQ(this->decide(policy, "123", 0).outcomes.at(0).reset, 0s);
    }
    EXPECT_EQ(this->admitted(policy, 10), 3);
    const auto seen = this->peek(policy);
    EXPECT_FALSE(seen.allowed);
    EXPECT_GT(seen.outcomes.at(0).retry_after, 0s);
    EXPECT_TRUE(this->decide(policy, "123", 0).allowed);
  }
}

TYPED_TEST(LimiterSuite, AShadowReportsAndLetsPass) {
  auto shadow = rule(2, 10s);
  shadow.shadow = true;
  const Policy policy("GET /", {shadow, rule(4, 10s)});
  for (int i = 0; i < 4; ++i) {
    const auto decision = this->decide(policy);
    EXPECT_TRUE(decision.allowed);
    EXPECT_EQ(decision.outcomes.at(0).allowed, i < 2);
    EXPECT_EQ(decision.outcomes.at(0).retry_after, i < 2 ? 0s : 10s);
  }
  EXPECT_FALSE(this->decide(policy).allowed);
}

TYPED_TEST(LimiterSuite, OnlyTheRulesThatCountAreAskedAndCharged) {
  auto shared = rule(3, 10s);
  shared.throttle_key = "shared";
  const Policy policy("GET /", {rule(2, 10s), shared, rule(9, 10s)});
  auto some = attempt(policy, {"user", "123"});
  some.rules = 0b110;
  for (int i = 0; i < 3; ++i) {
    const auto decision = this->LimiterContract<TypeParam>::decide(some);
    EXPECT_TRUE(decision.allowed);
    EXPECT_EQ(decision.outcomes.size(), 2u);
  }
  EXPECT_FALSE(this->LimiterContract<TypeParam>::decide(some).allowed);
  std::multiset<std::uint32_t> left;
  for (const auto& outcome : this->peek(policy).outcomes) left.insert(outcome.remaining);
  EXPECT_EQ(left, (std::multiset<std::uint32_t>{0, 2, 6}));
  some.rules = 0;
  const auto decision = this->LimiterContract<TypeParam>::decide(some);
  EXPECT_TRUE(decision.allowed);
  EXPECT_TRUE(decision.outcomes.empty());
}

TYPED_TEST(LimiterSuite, AThrottleKeySharesACounterAcrossRoutes) {
  auto here = rule(4, 10s);
  here.throttle_key = "search";
  auto there = here;
  there.cost = 2;
  const Policy first("GET /first", {rule(100, 10s), here});
  const Policy second("GET /second", {there});
  EXPECT_TRUE(this->decide(first).allowed);
  EXPECT_TRUE(this->decide(second).allowed);
  EXPECT_FALSE(this->decide(second).allowed);
  EXPECT_EQ(this->admitted(first, 2), 1);
}

TYPED_TEST(LimiterSuite, NoTwoRulesShareACounterByAccident) {
  auto keyed = rule(1, 10s);
  keyed.throttle_key = "key";
  auto other_key = keyed;
  other_key.throttle_key = "key2";
  auto more = keyed;
  more.max_requests = 2;
  auto longer = keyed;
  longer.interval = 11s;
  auto other = keyed;
  other.algorithm = Algorithm::fixed_window;
  // The same rule on three routes, one of which has the key as its name; and names that could
  // collide if they were joined.
  const Policy policies[] = {Policy("GET /", {rule(1, 10s)}),
                             Policy("POST /", {rule(1, 10s)}),
                             Policy("key", {rule(1, 10s)}),
                             Policy("GET /", {rule(2, 10s)}),
                             Policy("GET /", {rule(1, 11s)}),
                             Policy("GET /a", {keyed}),
                             Policy("GET /a", {other_key}),
                             Policy("GET /a", {more}),
                             Policy("GET /a", {longer}),
                             Policy("GET /a", {other}),
                             Policy("GET /", {rule(1, 10s), rule(1, 10s)})};
  for (const auto& policy : policies) {
    const auto most = static_cast<int>(policy.rules()[0].max_requests);
    EXPECT_EQ(this->admitted(policy, 5), most);
  }
}

TYPED_TEST(LimiterSuite, KeepsAllIdentitiesApart) {
  const Policy policy("GET /", {rule(1, 10s)});
  const std::string texts[] = {"",
                               "a",
                               "b",
                               "|",
                               ":",
                               "a|",
                               "a:",
                               ":a",
                               "user",
                               "ip",
                               "a|user:b",
                               "|user:a",
                               "}",
                               "{a}",
                               std::string(1, '\0'),
                               std::string(300, 'a'),
                               std::string(301, 'a'),
                               std::string(300, 'a') + "b",
                               auth::store_tag(std::string(300, 'a')),
                               "#" + auth::store_tag(std::string(300, 'a'))};
  for (const std::string kind : {"user", "ip", "u"}) {
    for (const auto& subject : texts) {
      for (const auto& session : texts) {
        Attempt one;
        one.identity = {kind, subject};
        one.counters.push_back({&policy.groups()[0], session});
        EXPECT_TRUE(LimiterContract<TypeParam>::decide(one).allowed);
        EXPECT_FALSE(LimiterContract<TypeParam>::decide(one).allowed);
      }
    }
  }
}

TYPED_TEST(LimiterSuite, SessionsOfAnAddressShareItsRoom) {
  const Policy policy("GET /", {rule(2, 10s)}, 3);
  const auto ask = [&](const std::string& session) {
    Attempt one;
    one.identity = {"ip", "127.0.0.1"};
    one.counters.push_back({&policy.groups()[0], session});
    one.counters.push_back({&policy.address_groups()[0], {}});
    return LimiterContract<TypeParam>::decide(one);
  };
  EXPECT_TRUE(ask("0").allowed);
  EXPECT_TRUE(ask("0").allowed);
  EXPECT_FALSE(ask("0").allowed);
  for (int i = 1; i < 5; ++i) EXPECT_TRUE(ask(std::to_string(i)).allowed);
  const auto denied = ask("5");
  EXPECT_FALSE(denied.allowed);
  EXPECT_TRUE(denied.outcomes.at(0).allowed);
  EXPECT_EQ(denied.outcomes.at(0).remaining, 2u);
  EXPECT_FALSE(denied.outcomes.at(1).allowed);
}

TYPED_TEST(LimiterSuite, AClockSetBackNeitherAdmitsNorKeepsOut) {
  for (const auto algorithm : algorithms) {
    const Policy policy("GET /", {rule(4, 10s, algorithm)});
    EXPECT_EQ(this->admitted(policy, 5), 4);
    this->clock_.advance(-1h);
    EXPECT_EQ(this->admitted(policy, 5), 0);
    EXPECT_LE(this->peek(policy).outcomes.at(0).retry_after, 10s);
    this->clock_.advance(10s);
    EXPECT_EQ(this->admitted(policy, 5), 4);
  }
}

TYPED_TEST(LimiterSuite, LargeWindowsGoRoundTheirRings) {
  const Policy policy("GET /", {rule(1'000, 100s), rule(3'000, 200s)});
  for (int round = 0; round < 10; ++round) {
    EXPECT_TRUE(this->decide(policy, "123", 300).allowed);
    EXPECT_TRUE(this->decide(policy, "123", 299).allowed);
    this->clock_.advance(10s);
    EXPECT_FALSE(this->decide(policy, "123", 402).allowed);
    EXPECT_TRUE(this->decide(policy, "123", 401).allowed);
    EXPECT_EQ(this->admitted(policy, 2), 0);
    this->clock_.advance(90s);
    EXPECT_EQ(this->peek(policy).outcomes.at(0).remaining, 599u);
    this->clock_.advance(110s);
  }
}

TYPED_TEST(LimiterSuite, TakesAsManyAsThereIsRoomForIfAsked) {
  for (const auto algorithm : algorithms) {
    const auto route = "GET /" + std::to_string(static_cast<int>(algorithm));
    auto twice = rule(9, 100s, algorithm);
    twice.cost = 2;
    const Policy policy(route, {rule(10, 100s, algorithm), twice});
    auto some = attempt(policy, {"user", "123"});
    some.partial = true;
    const auto take = [&](std::uint32_t times, bool peek = false) {
      some.times = times;
      some.peek = peek;
      return this->LimiterContract<TypeParam>::decide(some);
    };
    EXPECT_EQ(take(3, true).granted, 3u);
    EXPECT_EQ(take(3).granted, 3u);
    EXPECT_EQ(take(100, true).granted, 1u);  // 9 - 3 * 2 has room for one of cost 2
    const auto last = take(100);
    EXPECT_TRUE(last.allowed);
    EXPECT_EQ(last.granted, 1u);
    EXPECT_EQ(last.outcomes.at(0).remaining, 6u);
    EXPECT_EQ(last.outcomes.at(1).remaining, 1u);
    const auto none = take(100);
    EXPECT_FALSE(none.allowed);
    EXPECT_EQ(none.granted, 0u);
    EXPECT_EQ(none.outcomes.at(0).remaining, 6u);
    EXPECT_EQ(take(0).granted, 0u);
    // All or none.
    some.partial = false;
    EXPECT_EQ(take(2).granted, 0u);
  }
}

TYPED_TEST(LimiterSuite, SaysHowManyTimesItHasCharged) {
  const Policy policy("GET /", {rule(10, 100s)});
  EXPECT_EQ(this->decide(policy, "123", 4).granted, 4u);
  EXPECT_EQ(this->peek(policy, 6).granted, 6u);
  EXPECT_EQ(this->decide(policy, "123", 7).granted, 0u);
  EXPECT_EQ(this->decide(policy, "123", 6).granted, 6u);
}

}  // namespace
}  // namespace webtool::throttle
