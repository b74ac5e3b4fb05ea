#include "redis/breaker.hpp"

#include <gtest/gtest.h>

namespace webtool::redis {
namespace {

using namespace std::chrono_literals;
constexpr Breaker::Time start{};

TEST(RedisBreaker, OpensAfterThatManyFailuresInARow) {
  Breaker breaker(3, 100ms);
  EXPECT_FALSE(breaker.failed(start));
  EXPECT_FALSE(breaker.failed(start));
  EXPECT_TRUE(breaker.allow(start));
  EXPECT_TRUE(breaker.failed(start));
  EXPECT_TRUE(breaker.open());
  EXPECT_FALSE(breaker.allow(start));
}

TEST(RedisBreaker, ASuccessBetweenStartsTheCountAgain) {
  Breaker breaker(2, 100ms);
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(breaker.failed(start));
    EXPECT_FALSE(breaker.succeeded());
  }
  EXPECT_FALSE(breaker.open());
}

TEST(RedisBreaker, LetsOneProbeThroughPerDelay) {
  Breaker breaker(1, 100ms);
  breaker.failed(start);
  EXPECT_FALSE(breaker.allow(start + 99ms));
  EXPECT_TRUE(breaker.allow(start + 100ms));
  EXPECT_FALSE(breaker.allow(start + 100ms));
  EXPECT_FALSE(breaker.allow(start + 199ms));
  EXPECT_TRUE(breaker.allow(start + 250ms));
  EXPECT_FALSE(breaker.allow(start + 349ms));
  EXPECT_TRUE(breaker.allow(start + 350ms));
}

TEST(RedisBreaker, FailuresWhileOpenDoNotPutTheProbeOff) {
  Breaker breaker(1, 100ms);
  breaker.failed(start);
  EXPECT_FALSE(breaker.failed(start + 90ms));
  EXPECT_TRUE(breaker.allow(start + 100ms));
}

TEST(RedisBreaker, ASuccessClosesIt) {
  Breaker breaker(1, 100ms);
  breaker.failed(start);
  EXPECT_TRUE(breaker.succeeded());
  EXPECT_FALSE(breaker.succeeded());
  EXPECT_FALSE(breaker.open());
  EXPECT_TRUE(breaker.allow(start));
  EXPECT_TRUE(breaker.failed(start));
}

}  // namespace
}  // namespace webtool::redis
