// The middleware with a limiter, a cache and a token service, in memory and on Redis. The test
// moves the clock.
#pragma once

#include <gtest/gtest.h>

#include <webtool/throttle/in_memory_limiter.hpp>
#include <webtool/throttle/limit_middleware.hpp>
#include <webtool/throttle/redis_limiter.hpp>

#include "support/auth_options.hpp"
#include "support/fake_request.hpp"
#include "support/run.hpp"
#include "support/stores.hpp"

namespace webtool::throttle {

using namespace std::chrono_literals;

struct LimitsInMemory : test::InMemory {
  explicit LimitsInMemory(const test::ManualClock& clock)
      : InMemory(clock), limiter({.clock = clock.steady_clock()}) {}
  auto make(auth::JWTServiceOptions options) {
    return std::make_unique<auth::JWTService>(cache, std::move(options));
  }
  InMemoryLimiter limiter;
};

struct LimitsOnRedis : test::OnRedis {
  explicit LimitsOnRedis(const test::ManualClock& clock)
      : limiter(cache, {.denial_clock = clock.steady_clock(), .clock = clock.clock()}) {}
  auto make(auth::JWTServiceOptions options) {
    return std::make_unique<auth::RedisJWTService>(cache, std::move(options));
  }
  RedisLimiter limiter;
};

template <class Where>
class LimitMiddlewareContract : public testing::Test {
 protected:
  test::ManualClock clock;
  test::Loop loop;
  Where where{clock};
  std::unique_ptr<auth::JWTService> service = where.make(test::token_options(clock.clock()));
  auth::JWTBackend backend{*service};
  auth::AnnoSessionBackend anno{test::cookie_options(clock.clock())};
  LimitMiddleware middleware{where.limiter, {.auth_backend = &backend, .anno_backend = &anno}};
  LimitMiddleware by_address{where.limiter, {.auth_backend = &backend}};

  static constexpr int limit = 10;
  const Policy policy =
      middleware.policy("GET /", {limiter({.max_requests = limit, .interval = 10s})});

  static test::FakeRequest from(const char* address) {
    test::FakeRequest request;
    request.address = boost::asio::ip::make_address(address);
    return request;
  }
  static test::FakeRequest with(const char* name, std::string value,
                                const char* address = "192.0.2.1") {
    auto request = from(address);
    request.headers.emplace(name, std::move(value));
    return request;
  }
  static test::FakeRequest as(const std::string& access) {
    return with("authorization", "Bearer " + access);
  }

  Verdict ask(const test::FakeRequest& request, const Policy& rules, LimitMiddleware& by) {
    return loop.run(by.check(request, rules));
  }
  Verdict ask(const test::FakeRequest& request) { return ask(request, policy, middleware); }

  /// How many of `count` requests pass.
  int passed(const test::FakeRequest& request, int count) {
    int sum = 0;
    for (int i = 0; i < count; ++i) sum += ask(request).passed;
    return sum;
  }

  auth::TokenPair tokens_of(std::string sub, std::optional<auth::Scope> scope = {}) {
    const auth::Grant claims(std::move(sub), std::move(scope));
    return loop.run(service->create_token(claims));
  }
};

/// The header field of that name; empty where there is none.
inline std::string field(const Verdict& verdict, std::string_view name) {
  for (const auto& one : verdict.headers)
    if (one.name == name) return one.value;
  return {};
}

/// Returns the Cookie header that a client would send for this Set-Cookie.
inline std::string cookie_of(const Verdict& verdict) {
  const auto value = field(verdict, "set-cookie");
  return value.substr(0, value.find(';'));
}

}  // namespace webtool::throttle
