// Token services on a real Redis that is frozen, killed, full, read-only or forgetful.
#include <gtest/gtest.h>

#include <thread>

#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/error.hpp>
#include <webtool/cache/redis_cache.hpp>

#include "support/captured_log.hpp"
#include "support/redis_ask.hpp"
#include "support/redis_server.hpp"

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;
using cache::StoreUnavailable;

template <class Service>
class RedisFails : public testing::Test {
 protected:
  explicit RedisFails(std::vector<std::string> arguments = {}) : server_(std::move(arguments)) {}

  static JWTServiceOptions options() {
    JWTServiceOptions options;
    options.secret_key = "0123456789abcdef0123456789abcdef";
    options.rotation_grace = 60s;
    return options;
  }
  template <class T>
  T run(awaitable<T> work) {
    return loop_.run(std::move(work));
  }
  TokenPair create() { return run(service_.create_token(Grant("123"))); }
  bool access_works(const TokenPair& pair) {
    return run(service_.validate_access_token(pair.access)).has_value();
  }
  /// Tries until the store answers again: recovery needs no restart.
  template <class Work>
  auto until_answered(Work work) {
    while (true) {
      try {
        return run(work());
      } catch (const StoreUnavailable&) {
      }
    }
  }
  boost::system::error_code failure(awaitable<TokenPair> work) {
    try {
      run(std::move(work));
    } catch (const StoreUnavailable& error) {
      return error.code();
    }
    return {};
  }
  /// What `count` rotations of one token at once give; nothing for those that failed.
  std::vector<std::optional<std::string>> rotate_at_once(const TokenPair& pair, int count) {
    const auto one = [&]() -> awaitable<std::optional<std::string>> {
      try {
        const auto rotated = co_await service_.update_token(nothing_, pair.refresh);
        if (rotated.has_value()) co_return rotated->refresh;
      } catch (const StoreUnavailable&) {
      }
      co_return std::nullopt;
    };
    std::vector<awaitable<std::optional<std::string>>> works;
    for (int i = 0; i < count; ++i) works.push_back(one());
    return loop_.run_all(std::move(works));
  }

  test::RedisServer server_;
  cache::RedisCache cache_{test::impatient(server_.url())};
  Service service_{cache_, options()};
  const Grant nothing_;
  const Grant user_{"123"};
  test::Loop loop_;
};

using Services = testing::Types<JWTService, RedisJWTService>;
TYPED_TEST_SUITE(RedisFails, Services);

TYPED_TEST(RedisFails, FrozenAndThawed) {
  const auto pair = this->create();
  this->server_.freeze();
  EXPECT_THROW(this->access_works(pair), StoreUnavailable);  // never "invalid token"
  // No pile-up: a thousand at once are told within their deadline or at once.
  const auto results = this->rotate_at_once(pair, 1000);
  for (const auto& one : results) EXPECT_EQ(one, std::nullopt);
  this->server_.thaw();
  // What was sent before may be carried out now, but there is one generation.
  const auto rotated = this->until_answered(
      [&] { return this->service_.update_token(this->nothing_, pair.refresh); });
  ASSERT_TRUE(rotated.has_value()) << rotated.error();
  EXPECT_TRUE(this->access_works(*rotated));
  EXPECT_EQ(this->run(this->service_.sessions("123")).size(), 1u);
}

TYPED_TEST(RedisFails, KilledAndRestartedEmpty) {
  const auto pair = this->create();
  this->server_.kill();
  EXPECT_THROW(this->access_works(pair), StoreUnavailable);
  this->server_.restart();
  const auto claims =
      this->until_answered([&] { return this->service_.validate_access_token(pair.access); });
  EXPECT_EQ(claims.error(), TokenError::unknown_token);  // a lost store fails safe
  EXPECT_TRUE(this->access_works(this->create()));
}

TYPED_TEST(RedisFails, Flushed) {
  const auto pair = this->create();
  this->server_.command({"FLUSHALL"});
  EXPECT_EQ(this->run(this->service_.validate_access_token(pair.access)).error(),
            TokenError::unknown_token);
  EXPECT_EQ(this->run(this->service_.update_token(this->nothing_, pair.refresh)).error(),
            TokenError::unknown_token);
}

TYPED_TEST(RedisFails, ScriptsFlushed) {
  auto pair = this->create();
  for (int i = 0; i < 3; ++i) {
    this->server_.command({"SCRIPT", "FLUSH"});
    const auto rotated = this->run(this->service_.update_token(this->nothing_, pair.refresh));
    ASSERT_TRUE(rotated.has_value());
    pair = *rotated;
  }
  this->server_.command({"SCRIPT", "FLUSH"});
  EXPECT_EQ(this->run(this->service_.search_token(pair.refresh))->size(), 1u);
  this->server_.command({"SCRIPT", "FLUSH"});
  EXPECT_TRUE(this->run(this->service_.invalidate_token(pair.refresh)).has_value());
}

TYPED_TEST(RedisFails, OutOfMemoryRefusesNewSessionsAndStillEndsOldOnes) {
  const auto pair = this->create();
  const auto other = this->create();
  this->server_.command({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(this->failure(this->service_.create_token(Grant("123"))), redis::Error::out_of_memory);
  EXPECT_TRUE(this->access_works(pair));
  EXPECT_THROW(this->run(this->service_.update_token(this->nothing_, pair.refresh)),
               StoreUnavailable);
  EXPECT_TRUE(this->access_works(pair));  // nothing was spent
  EXPECT_TRUE(this->run(this->service_.invalidate_all(pair.refresh)).has_value());
  EXPECT_FALSE(this->access_works(other));
  this->server_.command({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_TRUE(this->access_works(this->create()));
}

TYPED_TEST(RedisFails, AReplicaAnswersButChangesNothing) {
  const auto pair = this->create();
  this->server_.command({"REPLICAOF", "127.0.0.1", std::to_string(test::free_port())});
  EXPECT_EQ(this->failure(this->service_.create_token(Grant("123"))), redis::Error::read_only);
  EXPECT_THROW(this->run(this->service_.update_token(this->nothing_, pair.refresh)),
               StoreUnavailable);
  this->server_.command({"REPLICAOF", "NO", "ONE"});
  const auto rotated = this->until_answered(
      [&] { return this->service_.update_token(this->nothing_, pair.refresh); });
  EXPECT_TRUE(rotated.has_value());
}

// Logs are the only place where it shows.
std::string log_of_first_session(const std::string& policy) {
  const test::CapturedLog log;
  const test::RedisServer server({"--maxmemory", "100mb", "--maxmemory-policy", policy});
  cache::RedisCache cache(server.url());
  JWTServiceOptions options;
  options.secret_key = "0123456789abcdef0123456789abcdef";
  RedisJWTService service(cache, options);
  test::Loop loop;
  for (int i = 0; i < 2; ++i) loop.run(service.create_token(Grant("123")));
  return log.text();
}

TEST(RedisEviction, IsWarnedAboutOnce) {
  for (const char* policy : {"allkeys-lru", "volatile-lru", "allkeys-random"}) {
    const auto log = log_of_first_session(policy);
    const auto at = log.find(policy);
    ASSERT_NE(at, std::string::npos) << policy;
    EXPECT_EQ(log.find(policy, at + 1), std::string::npos);
  }
  for (const char* policy : {"noeviction", "volatile-ttl"})
    EXPECT_EQ(log_of_first_session(policy).find("maxmemory"), std::string::npos);
}

template <class Service>
class DurableRedisFails : public RedisFails<Service> {
 protected:
  DurableRedisFails() : RedisFails<Service>({"--appendonly", "yes", "--appendfsync", "always"}) {}
};
TYPED_TEST_SUITE(DurableRedisFails, Services);

TYPED_TEST(DurableRedisFails, KilledInMidRotationRotatesOnce) {
  for (int round = 0; round < 5; ++round) {
    const auto pair =
        this->until_answered([&] { return this->service_.create_token(this->user_); });
    std::thread killer([&] { this->server_.kill(); });
    const auto results = this->rotate_at_once(pair, 200);
    killer.join();
    this->server_.restart();
    const auto after = this->until_answered(
        [&] { return this->service_.update_token(this->nothing_, pair.refresh); });
    ASSERT_TRUE(after.has_value()) << after.error();
    for (const auto& one : results)
      if (one) {
        EXPECT_EQ(*one, after->refresh);
      }
  }
}

}  // namespace
}  // namespace webtool::auth
