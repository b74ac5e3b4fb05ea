// The stores on which suites run: a cache in memory, and a cache on a redis-server of its own.
#pragma once

#include <utility>

#include <webtool/cache/in_memory_cache.hpp>
#include <webtool/cache/redis_cache.hpp>

#include "support/manual_clock.hpp"
#include "support/redis_server.hpp"

namespace webtool::test {

struct InMemory {
  InMemory() = default;
  explicit InMemory(const ManualClock& clock) : cache({.clock = clock.clock()}) {}

  cache::InMemoryCache cache;
};

struct OnRedis {
  OnRedis() = default;
  /// The server keeps its own time.
  explicit OnRedis(const ManualClock&) {}
  /// The address in `options` becomes that of the server.
  explicit OnRedis(redis::Options options) : cache(addressed(std::move(options))) {}

  RedisServer server;
  cache::RedisCache cache{server.url()};

 private:
  [[nodiscard]] redis::Options addressed(redis::Options options) const {
    options.port = server.port();
    return options;
  }
};

}  // namespace webtool::test
