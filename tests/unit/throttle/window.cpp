#include "throttle/window.hpp"

#include <gtest/gtest.h>

#include <random>

#include <webtool/throttle/policy.hpp>

#include "support/limit_rule.hpp"

namespace webtool::throttle {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

std::vector<Limit> make_limits(std::vector<std::pair<Algorithm, std::uint32_t>> kinds) {
  std::vector<Limit> limits;
  for (const auto& [algorithm, most] : kinds) {
    auto& limit = limits.emplace_back();
    limit.algorithm = algorithm;
    limit.max_requests = most;
    limit.interval = 1'000;
    limit.cost = 1;
  }
  return limits;
}

// One limit and its state.
struct One {
  explicit One(Algorithm algorithm, std::uint32_t most = 3)
      : limits(make_limits({{algorithm, most}})), place(lay_out(limits).places[0]) {}
  Outcome ask(std::int64_t now, std::uint64_t cost = 1) {
    const auto time = advance(words, now);
    auto outcome = evaluate(limits[0], place, words, time, cost);
    if (outcome.allowed) charge(limits[0], place, words, time, cost, outcome);
    return outcome;
  }
  std::vector<Limit> limits;
  LimitPlace place;
  Words words;
};

TEST(LayOut, NoTwoLimitsMeet) {
  const auto limits = make_limits({{Algorithm::sliding_window, 5},
                                   {Algorithm::gcra, 9},
                                   {Algorithm::sliding_window, 2},
                                   {Algorithm::fixed_window, 7},
                                   {Algorithm::sliding_window, 3}});
  const auto layout = lay_out(limits);
  EXPECT_EQ(layout.words, 2u + 5 * 2 + 5 + 2 + 3);
  std::vector<int> uses(layout.words);
  uses[0] = uses[1] = 1;
  for (std::size_t at = 0; at < limits.size(); ++at) {
    const auto place = layout.places[at];
    ++uses[place.head];
    ++uses[place.head + 1];
    if (limits[at].algorithm != Algorithm::sliding_window) continue;
    for (std::uint32_t i = 0; i < limits[at].max_requests; ++i) ++uses.at(place.ring + i);
  }
  EXPECT_EQ(uses, std::vector<int>(layout.words, 1));
  EXPECT_LT(layout.places[2].ring, layout.places[4].ring);
  EXPECT_LT(layout.places[4].ring, layout.places[0].ring);
}

TEST(Window, LookingChangesNothing) {
  for (const auto algorithm : test::algorithms) {
    One one(algorithm);
    one.ask(5'000, 2);
    const auto before = one.words;
    for (const std::int64_t time : {5'000, 5'999, 6'000, 90'000})
      (void)evaluate(one.limits[0], one.place, one.words, time, 2);
    EXPECT_EQ(one.words, before);
  }
}

TEST(Window, TheStateGrowsWithItsUse) {
  One one(Algorithm::sliding_window, 100'000);
  one.ask(5'000);
  EXPECT_EQ(one.words.size(), 5u);
  one.ask(5'000, 10);
  EXPECT_EQ(one.words.size(), 15u);
}

TEST(Window, AChargeIsInTheWindowUntilItsIntervalIsOver) {
  One one(Algorithm::sliding_window, 1);
  EXPECT_TRUE(one.ask(0).allowed);
  EXPECT_EQ(one.ask(999).retry_after, 1us);
  EXPECT_TRUE(one.ask(1'000).allowed);
}

TEST(Window, ALongPauseOverALargeRing) {
  for (const std::uint32_t most : {1u, 2u, 3u, 7u, 8u, 9u, 1'000u}) {
    for (std::uint32_t gone = 0; gone <= most; ++gone) {
      One one(Algorithm::sliding_window, most);
      one.ask(0, 1);  // so that the ring does not begin at its first slot
      if (most > 1) one.ask(0, most / 2);
      if (gone > 0) one.ask(2'000, gone);
      if (gone < most) one.ask(2'500, most - gone);
      ASSERT_EQ(one.ask(2'999, most).remaining, 0u);
      ASSERT_EQ(evaluate(one.limits[0], one.place, one.words, 3'000, most).remaining, gone);
      ASSERT_EQ(evaluate(one.limits[0], one.place, one.words, 3'500, most).remaining, most);
    }
  }
}

TEST(Window, ABucketRefillsSteadilyAndNeverTooFast) {
  One one(Algorithm::gcra, 3);  // one in 334 microseconds: a third of 1000, rounded up
  EXPECT_EQ(one.ask(10'000, 3).remaining, 0u);
  auto denied = one.ask(10'333);
  EXPECT_FALSE(denied.allowed);
  EXPECT_EQ(denied.retry_after, 1us);
  EXPECT_EQ(denied.reset, 1us);
  denied = one.ask(10'400, 3);
  EXPECT_EQ(denied.remaining, 1u);
  EXPECT_EQ(denied.retry_after, microseconds(3 * 334 - 400));
  EXPECT_EQ(denied.reset, microseconds(2 * 334 - 400));
  EXPECT_TRUE(one.ask(10'000 + 3 * 334, 3).allowed);
}

TEST(Window, AFixedWindowBeginsWithItsFirstRequest) {
  One one(Algorithm::fixed_window, 2);
  EXPECT_EQ(one.ask(700).reset, 1'000us);
  EXPECT_EQ(one.ask(1'600).reset, 100us);
  EXPECT_EQ(one.ask(1'699).retry_after, 1us);
  EXPECT_EQ(one.ask(1'700, 2).remaining, 0u);
  EXPECT_EQ(one.ask(2'000).retry_after, 700us);
}

TEST(Window, TimeNeverRunsBehindTheLastCharge) {
  One one(Algorithm::sliding_window, 1);
  EXPECT_TRUE(one.ask(50'000).allowed);
  EXPECT_EQ(one.ask(20'000).retry_after, 1'000us);
  EXPECT_EQ(one.ask(20'600).retry_after, 400us);
  EXPECT_EQ(one.ask(20'100).retry_after, 900us);
  EXPECT_TRUE(one.ask(21'000).allowed);
}

TEST(Window, RestsWhenAllIsLeftAndNoSooner) {
  std::mt19937 random(1);
  for (const auto algorithm : test::algorithms) {
    One one(algorithm, 7);
    EXPECT_EQ(time_until_idle(one.limits[0], one.place, one.words, 10), 0);
    std::int64_t now = 10;
    for (int i = 0; i < 1'000; ++i) {
      now += random() % 300;
      if (!one.ask(now, random() % 3 + 1).allowed) continue;
      const auto time = time_until_idle(one.limits[0], one.place, one.words, now);
      EXPECT_EQ(evaluate(one.limits[0], one.place, one.words, now + time, 1).remaining, 7u);
      EXPECT_LT(evaluate(one.limits[0], one.place, one.words, now + time - 1, 1).remaining, 7u);
    }
  }
}

TEST(Window, NumbersAsLargeAsTheyGetDoNotOverflow) {
  for (const auto algorithm : {Algorithm::gcra, Algorithm::fixed_window}) {
    One one(algorithm, 4'294'967'295);
    one.limits[0].interval = microseconds(std::chrono::years(10)).count();
    const std::int64_t now = 5'000'000'000'000'000;
    EXPECT_TRUE(one.ask(now, 4'294'967'295).allowed);
    const auto denied = one.ask(now, 4'294'967'295);
    EXPECT_FALSE(denied.allowed);
    EXPECT_GE(denied.retry_after, std::chrono::years(10));
    EXPECT_LT(denied.retry_after, std::chrono::years(11));
    EXPECT_EQ(one.ask(now, 1'000'000'000ULL * 4'294'967'295ULL).retry_after, Outcome::never);
  }
}

}  // namespace
}  // namespace webtool::throttle
