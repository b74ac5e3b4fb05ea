// Every limiter, with a clock of the test, for the test suites of this folder.
#pragma once

#include <gtest/gtest.h>

#include <webtool/throttle/in_memory_limiter.hpp>
#include <webtool/throttle/redis_limiter.hpp>

#include "contract/plain_limiter.hpp"
#include "support/manual_clock.hpp"
#include "support/redis_server.hpp"
#include "support/run.hpp"

namespace webtool::throttle {

struct LimiterOnMemory {
  explicit LimiterOnMemory(const test::ManualClock& clock) : limiter(options(clock)) {}
  static InMemoryLimiterOptions options(const test::ManualClock& clock) {
    InMemoryLimiterOptions options;
    options.clock = clock.steady_clock();
    return options;
  }
  InMemoryLimiter limiter;
};

/// The script makes every decision. No denial is answered from memory.
struct LimiterOnRedis {
  explicit LimiterOnRedis(const test::ManualClock& clock) : limiter(cache, options(clock)) {}
  static RedisLimiterOptions options(const test::ManualClock& clock) {
    RedisLimiterOptions options;
    options.clock = clock.clock();
    options.remembered_denials = 0;
    return options;
  }
  test::RedisServer server;
  cache::RedisCache cache{"unix://" + server.unix_socket()};
  RedisLimiter limiter;
};

/// A limiter that an application could write, from public headers only.
struct LimiterOfUser {
  class Limiter final : public BaseLimiter {
   public:
    explicit Limiter(SteadyClock clock) : clock_(std::move(clock)) {}
    awaitable<Decision> decide(const Attempt& attempt) override {
      co_return plain_.decide(attempt, clock_().time_since_epoch().count());
    }

   private:
    SteadyClock clock_;
    PlainLimiter plain_;
  };
  explicit LimiterOfUser(const test::ManualClock& clock) : limiter(clock.steady_clock()) {}
  Limiter limiter;
};

template <class Where>
class LimiterContract : public testing::Test {
 protected:
  Decision decide(const Attempt& attempt) { return loop_.run(where_.limiter.decide(attempt)); }

  test::ManualClock clock_;
  Where where_{clock_};
  test::Loop loop_;
};

using Limiters = testing::Types<LimiterOnMemory, LimiterOnRedis>;
using AllLimiters = testing::Types<LimiterOnMemory, LimiterOnRedis, LimiterOfUser>;

}  // namespace webtool::throttle
