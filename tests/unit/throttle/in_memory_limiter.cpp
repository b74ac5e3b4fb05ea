// What the embedded limiter holds, and for how long. What it decides is in tests/contract.
#include <webtool/throttle/in_memory_limiter.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

#include "support/manual_clock.hpp"
#include "support/run.hpp"

namespace webtool::throttle {
namespace {

using namespace std::chrono_literals;

LimitRule rule(std::uint32_t max_requests, std::chrono::microseconds interval) {
  LimitRule rule;
  rule.max_requests = max_requests;
  rule.interval = interval;
  return rule;
}

class InMemoryLimiterTest : public testing::Test {
 protected:
  InMemoryLimiterOptions with(std::size_t max_entries) {
    InMemoryLimiterOptions options;
    options.max_entries = max_entries;
    options.clock = clock_.clock();
    return options;
  }
  bool ask(InMemoryLimiter& limiter, std::string_view subject, bool peek = false) {
    auto all = attempt(policy_, {"user", subject});
    all.peek = peek;
    return loop_.run(limiter.decide(all)).allowed;
  }
  const Policy policy_{"GET /", {rule(1, 10s)}};
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
      EXPECT_TRUE(ask(limiter, std::to_string(i)));
      ASSERT_LE(limiter.size(), most);
    }
    EXPECT_GT(limiter.size(), most * 8 / 10);
  }
}

TEST_F(InMemoryLimiterTest, ForgetsWhatWasChargedLongestAgo) {
  InMemoryLimiter limiter(with(3));
  for (const char* subject : {"a", "b", "c"}) EXPECT_TRUE(ask(limiter, subject));
  EXPECT_FALSE(ask(limiter, "a"));  // denied: this is no charge
  EXPECT_TRUE(ask(limiter, "d"));
  EXPECT_FALSE(ask(limiter, "b"));
  EXPECT_FALSE(ask(limiter, "c"));
  EXPECT_FALSE(ask(limiter, "d"));
  clock_.advance(10s);
  EXPECT_TRUE(ask(limiter, "b"));
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
