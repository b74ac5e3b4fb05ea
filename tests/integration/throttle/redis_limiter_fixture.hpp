// Tests of the Redis limiter ask its server directly what the limiter has stored.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <webtool/throttle/redis_limiter.hpp>

#include "support/manual_clock.hpp"
#include "support/redis_server.hpp"
#include "support/run.hpp"

namespace webtool::throttle {

inline RedisLimiterOptions asks_always() {
  RedisLimiterOptions options;
  options.remembered_denials = 0;
  return options;
}

class RedisLimiterFixture : public testing::Test {
 protected:
  Decision decide(RedisLimiter& limiter, const Attempt& attempt) {
    return loop_.run(limiter.decide(attempt));
  }
  Decision decide(RedisLimiter& limiter, const Policy& policy, std::string_view user = "123",
                  std::uint32_t times = 1) {
    auto all = attempt(policy, {"user", user});
    all.times = times;
    return decide(limiter, all);
  }

  std::vector<std::string> keys() {
    std::vector<std::string> keys;
    const auto reply = server_.command({"KEYS", "*"});
    for (const auto& key : *reply.array()) keys.push_back(*key.string());
    return keys;
  }
  std::chrono::milliseconds ttl(const std::string& key) {
    return std::chrono::milliseconds(*server_.command({"PTTL", key}).integer());
  }
  int questions() { return server_.calls("evalsha"); }

  test::RedisServer server_;
  cache::RedisCache cache_{server_.url()};
  test::Loop loop_;
};

}  // namespace webtool::throttle
