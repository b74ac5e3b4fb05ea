#include <gtest/gtest.h>

#include <atomic>

#include <webtool/cache/error.hpp>
#include <webtool/cache/in_memory_cache.hpp>
#include <webtool/cache/redis_cache.hpp>

#include "concurrency/threads.hpp"
#include "support/redis_server.hpp"

namespace webtool::cache {
namespace {

using namespace std::chrono_literals;

// Increments by compare-and-set. No step may be lost.
void count_up(BaseCache& cache, int steps) {
  test::in_threads([&](test::Loop& loop, int) {
    for (int step = 0; step < steps;) {
      const auto old = loop.run(cache.get("counter"));
      SetOptions options;
      if (old)
        options.if_equal = *old;
      else
        options.nx = true;
      const auto next = std::to_string(old ? std::stoi(*old) + 1 : 1);
      if (loop.run(cache.set("counter", next, options))) ++step;
    }
  });
  test::Loop loop;
  EXPECT_EQ(loop.run(cache.get("counter")), std::to_string(steps * test::thread_count));
}

void exclude_each_other(BaseCache& cache, int rounds) {
  int inside = 0;  // no atomic: the lock is what makes it safe
  int entered = 0;
  test::in_threads([&](test::Loop& loop, int) {
    for (int round = 0; round < rounds; ++round) {
      auto lock = cache.lock("room", {.ttl = 60s, .timeout = 60s});
      ASSERT_TRUE(loop.run(lock.acquire()));
      EXPECT_EQ(++inside, 1);
      ++entered;
      --inside;
      EXPECT_TRUE(loop.run(lock.release()));
    }
  });
  EXPECT_EQ(entered, rounds * test::thread_count);
}

TEST(InMemoryCacheThreads, CompareAndSetLosesNothing) {
  InMemoryCache cache;
  count_up(cache, 2'000);
}

TEST(InMemoryCacheThreads, LockExcludes) {
  InMemoryCache cache;
  exclude_each_other(cache, 100);
}

TEST(InMemoryCacheThreads, TheBoundHoldsWhoeverWrites) {
  InMemoryCacheOptions options;
  options.max_entries = 100;
  InMemoryCache cache(options);
  std::atomic<int> written = 0;
  test::in_threads([&](test::Loop& loop, int number) {
    for (int i = 0; i < 500; ++i) {
      const auto key = std::to_string(number) + "." + std::to_string(i);
      try {
        if (loop.run(cache.set(key, "v"))) ++written;
      } catch (const StoreUnavailable&) {
      }
      EXPECT_LE(cache.size(), 100u + test::thread_count);
    }
  });
  EXPECT_EQ(written, 100);
  EXPECT_EQ(cache.size(), 100u);
}

TEST(RedisCacheThreads, CompareAndSetLosesNothing) {
  test::RedisServer server;
  RedisCache cache(server.url());
  count_up(cache, 100);
}

TEST(RedisCacheThreads, LockExcludes) {
  test::RedisServer server;
  RedisCache cache(server.url());
  exclude_each_other(cache, 10);
}

}  // namespace
}  // namespace webtool::cache
