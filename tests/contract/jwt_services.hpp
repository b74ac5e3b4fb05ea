// Every token service on every cache, for the test suites of this folder.
#pragma once

#include <gtest/gtest.h>

#include <webtool/auth/jwt_service.hpp>

#include "custom_cache.hpp"
#include "custom_manager.hpp"
#include "custom_service.hpp"
#include "support/run.hpp"
#include "support/stores.hpp"

namespace webtool::auth {

// Each class is one store and can make any number of services on it.

struct ServiceOnMemory : test::InMemory {
  using InMemory::InMemory;
  auto make(JWTServiceOptions options) {
    return std::make_unique<JWTService>(cache, std::move(options));
  }
  std::unique_ptr<SessionStore> make_store() { return make_session_store(cache); }
};

/// A cache that an application could write: it forwards to InMemoryCache.
class ForwardingCache final : public cache::BaseCache {
 public:
  explicit ForwardingCache(cache::BaseCache& inner) : inner_(inner) {}

  awaitable<bool> set(std::string_view key, std::string_view value,
                      cache::SetOptions options = {}) override {
    return inner_.set(key, value, options);
  }
  awaitable<std::optional<std::string>> get(std::string_view key) override {
    return inner_.get(key);
  }
  awaitable<bool> erase(std::string_view key, std::optional<std::string_view> if_equal) override {
    return inner_.erase(key, if_equal);
  }
  awaitable<void> aclose() override { return inner_.aclose(); }

 private:
  cache::BaseCache& inner_;
};

struct ServiceAroundRedisCache {
  explicit ServiceAroundRedisCache(const test::ManualClock&) {}
  auto make(JWTServiceOptions options) {
    return std::make_unique<JWTService>(cache, std::move(options));
  }
  std::unique_ptr<SessionStore> make_store() { return make_session_store(cache); }
  test::RedisServer server;
  cache::RedisCache redis{server.url()};
  ForwardingCache cache{redis};
};

struct RedisService : test::OnRedis {
  using OnRedis::OnRedis;
  auto make(JWTServiceOptions options) {
    return std::make_unique<RedisJWTService>(cache, std::move(options));
  }
  std::unique_ptr<SessionStore> make_store() { return make_session_store(cache); }
};

struct ServiceOnUserCache {
  explicit ServiceOnUserCache(const test::ManualClock& clock) : cache(clock.clock()) {}
  auto make(JWTServiceOptions options) {
    return std::make_unique<JWTService>(cache, std::move(options));
  }
  std::unique_ptr<SessionStore> make_store() { return make_session_store(cache); }
  MapCache cache;
};

/// A service and a manager that an application could write.
struct UserService : test::InMemory {
  using InMemory::InMemory;
  auto make(JWTServiceOptions options) {
    options.jwt_manager = std::make_shared<TenantManager>(*options.secret_key, "acme");
    options.secret_key.reset();
    return std::make_unique<OfferedScopesService>(cache, std::move(options),
                                                  Scope{"read", "write", "admin"});
  }
  std::unique_ptr<SessionStore> make_store() { return make_session_store(cache); }
};

template <class Where>
class JWTServiceContract : public testing::Test {
 protected:
  JWTServiceContract() { start({}); }

  /// Replaces the service by one with these options on the same store. Sets the clock and the key.
  void start(JWTServiceOptions options) {
    options.clock = clock_.clock();
    options.secret_key = "0123456789abcdef0123456789abcdef";
    service_ = where_.make(std::move(options));
  }

  template <class T>
  T run(awaitable<T> work) {
    return loop_.run(std::move(work));
  }

  TokenPair create(std::string sub = "123", std::optional<Scope> scope = {}) {
    Grant data;
    data.sub = std::move(sub);
    data.scope = std::move(scope);
    return run(service_->create_token(data));
  }
  result<TokenPair> rotate(const TokenPair& pair) {
    return run(service_->update_token(Grant{}, pair.refresh));
  }
  boost::system::error_code access_error(const TokenPair& pair) {
    const auto claims = run(service_->validate_access_token(pair.access));
    return claims.has_error() ? claims.error() : boost::system::error_code{};
  }
  boost::system::error_code refresh_error(const TokenPair& pair) {
    const auto claims = run(service_->validate_refresh_token(pair.refresh));
    return claims.has_error() ? claims.error() : boost::system::error_code{};
  }
  /// Both tokens work.
  bool lives(const TokenPair& pair) { return !access_error(pair) && !refresh_error(pair); }

  test::ManualClock clock_;
  Where where_{clock_};
  std::unique_ptr<BaseJWTService> service_;
  test::Loop loop_;
};

using JWTServices = testing::Types<ServiceOnMemory, ServiceAroundRedisCache, RedisService,
                                   ServiceOnUserCache, UserService>;

}  // namespace webtool::auth
