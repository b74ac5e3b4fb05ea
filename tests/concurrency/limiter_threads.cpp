#include <gtest/gtest.h>

#include <atomic>

#include <webtool/cache/redis_cache.hpp>
#include <webtool/throttle/in_memory_limiter.hpp>
#include <webtool/throttle/redis_limiter.hpp>

#include "concurrency/threads.hpp"
#include "support/limit_rule.hpp"
#include "support/redis_server.hpp"

namespace webtool::throttle {
namespace {

using test::algorithms;

constexpr int most = 500;

// So slow that no spent request comes back while the test runs.
LimitRule slow_rule(Algorithm algorithm) {
  return test::rule(most, std::chrono::years(3), algorithm);
}

// All threads together make ten times as many requests as there is room for.
int admitted(BaseLimiter& limiter, const Policy& policy, std::string_view subject) {
  std::atomic<int> count = 0;
  test::in_threads([&](test::Loop& loop, int) {
    const auto all = attempt(policy, {"user", subject});
    const auto one = [&]() -> awaitable<int> {
      const auto decision = co_await limiter.decide(all);
      co_return decision.allowed;
    };
    for (int i = 0; i < 10 * most / test::thread_count / 50; ++i) {
      std::vector<awaitable<int>> works;
      for (int k = 0; k < 50; ++k) works.push_back(one());
      for (const auto allowed : loop.run_all(std::move(works))) count += allowed;
    }
  });
  return count;
}

TEST(InMemoryLimiterThreads, AdmitsExactlyN) {
  InMemoryLimiter limiter;
  for (const auto algorithm : algorithms)
    EXPECT_EQ(admitted(limiter, Policy("GET /", {slow_rule(algorithm)}), "123"), most);
}

TEST(InMemoryLimiterThreads, TheBoundHoldsWhoeverAsks) {
  InMemoryLimiterOptions options;
  options.max_entries = 100;
  InMemoryLimiter limiter(options);
  const Policy policy("GET /", {slow_rule(Algorithm::sliding_window)});
  test::in_threads([&](test::Loop& loop, int number) {
    for (int i = 0; i < 500; ++i) {
      const auto subject = std::to_string(number) + "." + std::to_string(i);
      EXPECT_TRUE(loop.run(limiter.decide(attempt(policy, {"user", subject}))).allowed);
      EXPECT_LE(limiter.size(), 100u);
    }
  });
}

TEST(RedisLimiterThreads, AdmitsExactlyN) {
  test::RedisServer server;
  cache::RedisCache cache(server.url());
  for (const std::size_t remembered : {0u, 1'000u}) {
    RedisLimiterOptions options;
    options.remembered_denials = remembered;
    RedisLimiter limiter(cache, options);
    for (const auto algorithm : algorithms)
      EXPECT_EQ(
          admitted(limiter, Policy("GET /", {slow_rule(algorithm)}), std::to_string(remembered)),
          most);
  }
}

}  // namespace
}  // namespace webtool::throttle
