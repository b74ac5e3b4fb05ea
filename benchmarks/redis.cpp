// The Redis client beside redis-benchmark.
#include "redis_peer.hpp"

using namespace webtool;
using namespace webtool::bench;

namespace {

Operation get() {
  const auto prepare = [](cache::RedisCache& cache) -> Work {
    return [&client = cache.client()]() -> awaitable<bool> {
      const redis::Command command("GET", "key");
      const auto reply = co_await client.execute(command);
      co_return reply.has_value();
    };
  };
  return {"GET", prepare, {"GET", "key"}};
}

Operation cache_get() {
  const auto prepare = [](cache::RedisCache& cache) -> Work {
    return [&cache]() -> awaitable<bool> {
      const auto value = co_await cache.get("key");
      co_return value.has_value();
    };
  };
  return {"RedisCache::get", prepare, {"GET", "key"}};
}

}  // namespace

int main() {
  test::RedisServer server;
  server.command({"SET", "key", "VXK"});
  print_redis_heading();
  compare(server, get(), 1, 1, 1, 20'000);
  compare(server, get(), 50, 1, 50, 500'000);
  compare(server, get(), 50, 50, 1, 100'000);
  compare(server, get(), 1000, 20, 50, 1'000'000);
  compare(server, cache_get(), 1, 1, 1, 20'000);
  compare(server, cache_get(), 50, 1, 50, 500'000);
  compare(server, cache_get(), 1000, 20, 50, 1'000'000);

  const std::string hash =
      "redis.call('HSET', KEYS[1], 'field', ARGV[1]) return redis.call('HLEN', KEYS[1])";
  server.command({"SCRIPT", "LOAD", hash});
  const Operation hash_script = script("script of two calls", hash, "hash", {"value"});
  compare(server, hash_script, 50, 1, 50, 100'000);
  compare(server, hash_script, 1000, 20, 50, 200'000);
}
