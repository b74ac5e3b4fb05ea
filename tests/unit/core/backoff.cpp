#include "core/backoff.hpp"

#include <gtest/gtest.h>

namespace webtool {
namespace {

using namespace std::chrono_literals;

constexpr double most = 0.999999999;

TEST(RedisBackoff, DoublesUpToTheLast) {
  Backoff backoff(20ms, 100ms);
  for (const auto expected : {10ms, 20ms, 40ms, 50ms, 50ms}) EXPECT_EQ(backoff.next(0), expected);
}

TEST(RedisBackoff, ChanceTakesUpToHalfOff) {
  Backoff backoff(100ms, 100ms);
  EXPECT_EQ(backoff.next(0), 50ms);
  EXPECT_EQ(backoff.next(0.5), 75ms);
  EXPECT_GT(backoff.next(most), 99ms);
  EXPECT_LE(backoff.next(most), 100ms);
}

TEST(RedisBackoff, StartsOverWhenReset) {
  Backoff backoff(20ms, 2s);
  for (int i = 0; i < 5; ++i) (void)backoff.next(0);
  backoff.reset();
  EXPECT_EQ(backoff.next(0), 10ms);
}

}  // namespace
}  // namespace webtool
