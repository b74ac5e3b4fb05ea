// A reply of Redis is lost after the command has run. What gives the same answer twice is sent
// again; what does not is never run a second time, and the caller gets StoreUnavailable.
#include <gtest/gtest.h>

#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/error.hpp>
#include <webtool/cache/redis_cache.hpp>

#include "support/lossy_proxy.hpp"
#include "support/redis_server.hpp"
#include "support/run.hpp"

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;
using cache::StoreUnavailable;

class RedisReplyLost : public testing::Test {
 protected:
  static redis::Options options_of(const test::LossyProxy& proxy) {
    redis::Options options;
    options.port = proxy.port();
    options.client_name = "";
    options.reconnect_delay_min = options.reconnect_delay_max = 1ms;
    options.command_timeout = 5s;
    return options;
  }
  template <class T>
  T run(awaitable<T> work) {
    return loop_.run(std::move(work));
  }
  int calls_of(const std::string& command) { return server_.calls(command); }
  /// Loses the reply to the next command, and says whether the caller was told.
  template <class Work>
  bool fails_without_reply(Work work) {
    server_.command({"CONFIG", "RESETSTAT"});
    proxy_.arm(1, true);
    bool failed = false;
    try {
      (void)run(work());
    } catch (const StoreUnavailable&) {
      failed = true;
    }
    EXPECT_TRUE(proxy_.struck());
    proxy_.disarm();
    return failed;
  }

  test::RedisServer server_;
  test::LossyProxy proxy_{server_.port()};
  cache::RedisCache cache_{options_of(proxy_)};
  test::Loop loop_;
};

class CacheReplyLost : public RedisReplyLost {
 protected:
  awaitable<bool> set_if_equal(std::string_view expected, std::string_view value) {
    cache::SetOptions options;
    options.if_equal = expected;
    return cache_.set("key", value, options);
  }
  std::string stored() { return *server_.command({"GET", "key"}).string(); }
};

// A second one would find the key there and say that somebody else has it.
TEST_F(CacheReplyLost, SetIfAbsentRunsOnce) {
  run(cache_.get("key"));
  EXPECT_TRUE(fails_without_reply([&] {
    cache::SetOptions options;
    options.nx = true;
    return cache_.set("key", "mine", options);
  }));
  EXPECT_EQ(calls_of("set"), 1);
  EXPECT_EQ(stored(), "mine");
}

TEST_F(CacheReplyLost, SetRunsOnce) {
  run(cache_.get("key"));
  EXPECT_TRUE(fails_without_reply([&] { return cache_.set("key", "mine"); }));
  EXPECT_EQ(calls_of("set"), 1);
}

// A second one could put back what another has replaced in between, where the value is the same.
TEST_F(CacheReplyLost, CompareAndSetRunsOnce) {
  run(cache_.set("key", "a"));
  run(set_if_equal("a", "a"));  // the server knows the script from now on
  EXPECT_TRUE(fails_without_reply([&] { return set_if_equal("a", "a"); }));
  EXPECT_EQ(calls_of("evalsha"), 1);
  EXPECT_EQ(stored(), "a");
}

TEST_F(CacheReplyLost, CompareAndEraseRunsOnce) {
  run(cache_.erase("key", "a"));
  run(cache_.set("key", "a"));
  EXPECT_TRUE(fails_without_reply([&] { return cache_.erase("key", "a"); }));
  EXPECT_EQ(calls_of("evalsha"), 1);
  EXPECT_EQ(server_.command({"EXISTS", "key"}).integer()[0], 0);
}

TEST_F(CacheReplyLost, EraseRunsOnce) {
  run(cache_.set("key", "a"));
  EXPECT_TRUE(fails_without_reply([&] { return cache_.erase("key"); }));
  EXPECT_EQ(calls_of("del"), 1);
}

TEST_F(CacheReplyLost, GetIsSentAgain) {
  run(cache_.set("key", "a"));
  EXPECT_FALSE(fails_without_reply([&] { return cache_.get("key"); }));
  EXPECT_EQ(calls_of("get"), 2);
}

class SessionReplyLost : public RedisReplyLost {
 protected:
  SessionReplyLost() {
    // The server knows all scripts from now on, and an operation is one command.
    const auto pair = create("warm");
    (void)run(service_.update_token(Grant(), pair.refresh));
    (void)run(service_.sessions("warm"));
    (void)run(service_.invalidate_token(pair.refresh));
  }
  static JWTServiceOptions options() {
    JWTServiceOptions options;
    options.secret_key = "0123456789abcdef0123456789abcdef";
    return options;
  }
  TokenPair create(const std::string& sub = "123") {
    return run(service_.create_token(Grant(sub)));
  }
  std::size_t living() { return run(service_.sessions("123")).size(); }
  bool lives(const TokenPair& pair) {
    return run(service_.validate_access_token(pair.access)).has_value();
  }

  JWTService service_{cache_, options()};
  const Grant nothing_;
  const Grant user_{"123"};
};

// A second one would find nothing, and say of a session that has just ended that it never was.
TEST_F(SessionReplyLost, EndingSessionsRunsOnce) {
  const auto ends = [&](auto end, std::size_t left) {
    create();
    const auto pair = create();
    EXPECT_TRUE(fails_without_reply([&] { return end(pair); }));
    EXPECT_EQ(calls_of("evalsha"), 1);
    EXPECT_EQ(living(), left);
    run(service_.end_sessions("123"));
  };
  ends([&](const TokenPair& pair) { return service_.invalidate_token(pair.refresh); }, 1);
  ends([&](const TokenPair& pair) { return service_.invalidate_all(pair.refresh); }, 0);
  ends([&](const TokenPair& pair) { return service_.invalidate_others(pair.refresh); }, 1);
  const auto other = create();
  const auto jti = run(service_.validate_refresh_token(other.refresh))->jti;
  const auto asking = create();
  EXPECT_TRUE(fails_without_reply([&] { return service_.invalidate_token(asking.refresh, jti); }));
  EXPECT_EQ(calls_of("evalsha"), 1);
  EXPECT_FALSE(lives(other));
  const auto own_jti = run(service_.validate_refresh_token(asking.refresh))->jti;
  EXPECT_TRUE(fails_without_reply([&] { return service_.end_session("123", own_jti); }));
  EXPECT_EQ(calls_of("evalsha"), 1);
  EXPECT_EQ(living(), 0u);
}

// The others give the same answer twice: a lost reply costs nobody a session.
TEST_F(SessionReplyLost, BeginningRotatingAndLookingAreSentAgain) {
  EXPECT_FALSE(fails_without_reply([&] { return service_.create_token(user_); }));
  EXPECT_EQ(calls_of("evalsha"), 2);
  EXPECT_EQ(living(), 1u);
  const auto pair = create();
  std::optional<TokenPair> next;
  const auto rotate = [&]() -> awaitable<bool> {
    const auto outcome = co_await service_.update_token(nothing_, pair.refresh);
    if (outcome.has_value()) next = *outcome;
    co_return outcome.has_value();
  };
  EXPECT_FALSE(fails_without_reply(rotate));
  EXPECT_EQ(calls_of("evalsha"), 2);
  ASSERT_TRUE(next.has_value());
  EXPECT_TRUE(lives(*next));
  EXPECT_EQ(living(), 2u);
  EXPECT_FALSE(fails_without_reply([&] { return service_.validate_access_token(next->access); }));
  EXPECT_FALSE(fails_without_reply([&] { return service_.search_token(next->refresh); }));
  EXPECT_FALSE(fails_without_reply([&] { return service_.sessions("123"); }));
  const auto end_all = [&]() -> awaitable<bool> {
    co_await service_.end_sessions("123");
    co_return true;
  };
  EXPECT_FALSE(fails_without_reply(end_all));
  EXPECT_EQ(living(), 0u);
}

}  // namespace
}  // namespace webtool::auth
