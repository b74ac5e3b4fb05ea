// Sessions in one document of a cache. If another change happens between the read and the write of
// the document, neither change is lost.
#include <gtest/gtest.h>

#include <functional>

#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/in_memory_cache.hpp>

#include "support/run.hpp"

namespace webtool::auth {
namespace {

/// A cache that runs a function before the next write.
class InterruptedCache final : public cache::BaseCache {
 public:
  explicit InterruptedCache(cache::BaseCache& inner) : inner_(inner) {}

  void before_next_write(std::function<awaitable<void>()> what) { what_ = std::move(what); }
  [[nodiscard]] bool interrupted() const { return !what_; }

  awaitable<bool> set(std::string_view key, std::string_view value,
                      cache::SetOptions options) override {
    co_await interrupt();
    co_return co_await inner_.set(key, value, options);
  }
  awaitable<std::optional<std::string>> get(std::string_view key) override {
    return inner_.get(key);
  }
  awaitable<bool> erase(std::string_view key, std::optional<std::string_view> if_equal) override {
    co_await interrupt();
    co_return co_await inner_.erase(key, if_equal);
  }
  awaitable<void> aclose() override { return inner_.aclose(); }

 private:
  awaitable<void> interrupt() {
    if (!what_) co_return;
    const auto what = std::exchange(what_, nullptr);
    co_await what();
  }

  cache::BaseCache& inner_;
  std::function<awaitable<void>()> what_;
};

class CacheSessionStore : public testing::Test {
 protected:
  static JWTServiceOptions options() {
    JWTServiceOptions options;
    options.secret_key = "0123456789abcdef0123456789abcdef";
    return options;
  }
  template <class T>
  T run(awaitable<T> work) {
    return loop_.run(std::move(work));
  }
  TokenPair create() { return run(service_.create_token(user_)); }
  bool lives(const TokenPair& pair) {
    return run(service_.validate_access_token(pair.access)).has_value() &&
           run(service_.validate_refresh_token(pair.refresh)).has_value();
  }
  std::size_t living() { return run(service_.sessions("123")).size(); }

  /// Another host creates a session before the next write is done.
  void log_in_before_next_write() {
    cache_.before_next_write(
        [this]() -> awaitable<void> { login_ = co_await elsewhere_.create_token(user_); });
  }
  void log_out_before_next_write(const TokenPair& pair) {
    cache_.before_next_write([this, pair]() -> awaitable<void> {
      const auto ended = co_await elsewhere_.invalidate_token(pair.refresh);
      EXPECT_TRUE(ended.has_value());
    });
  }
  void expect_only_the_login() {
    EXPECT_TRUE(cache_.interrupted());
    EXPECT_TRUE(lives(login_));
    EXPECT_EQ(living(), 1u);
    run(service_.end_sessions("123"));
  }

  cache::InMemoryCache memory_;
  InterruptedCache cache_{memory_};
  JWTService service_{cache_, options()};
  JWTService elsewhere_{memory_, options()};
  const Grant user_{"123"};
  const Grant nothing_;
  TokenPair login_;
  test::Loop loop_;
};

TEST_F(CacheSessionStore, ALoginDuringTheLastLogoutIsKept) {
  const auto pair = create();
  log_in_before_next_write();
  EXPECT_TRUE(run(service_.invalidate_token(pair.refresh)).has_value());
  EXPECT_FALSE(lives(pair));
  expect_only_the_login();
}

TEST_F(CacheSessionStore, ALoginWhileTheApplicationEndsTheLastSessionIsKept) {
  const auto pair = create();
  const auto jti = run(service_.validate_refresh_token(pair.refresh))->jti;
  log_in_before_next_write();
  EXPECT_TRUE(run(service_.end_session("123", jti)));
  EXPECT_FALSE(lives(pair));
  expect_only_the_login();
}

TEST_F(CacheSessionStore, ALoginWhileReuseEndsTheLastSessionIsKept) {
  const auto old = create();
  const auto pair = run(service_.update_token(nothing_, old.refresh));
  log_in_before_next_write();
  EXPECT_EQ(run(service_.update_token(nothing_, old.refresh)).error(), TokenError::token_reused);
  EXPECT_FALSE(lives(*pair));
  expect_only_the_login();
}

// "All sessions" are those at the time of the write, so the new login ends too.
TEST_F(CacheSessionStore, EndingAllSessionsEndsALoginDuringIt) {
  const auto pair = create();
  log_in_before_next_write();
  EXPECT_EQ(*run(service_.invalidate_all(pair.refresh)), 2u);
  EXPECT_TRUE(cache_.interrupted());
  EXPECT_FALSE(lives(login_));
  EXPECT_EQ(living(), 0u);
}

TEST_F(CacheSessionStore, ALoginDuringARotationIsKept) {
  const auto old = create();
  log_in_before_next_write();
  const auto pair = run(service_.update_token(nothing_, old.refresh));
  ASSERT_TRUE(pair.has_value());
  EXPECT_TRUE(lives(*pair));
  EXPECT_TRUE(lives(login_));
  EXPECT_EQ(living(), 2u);
}

TEST_F(CacheSessionStore, TheFirstTwoLoginsAtOnceAreKept) {
  log_in_before_next_write();
  const auto pair = create();
  EXPECT_TRUE(lives(pair));
  EXPECT_TRUE(lives(login_));
}

TEST_F(CacheSessionStore, ALogoutDuringALoginIsKept) {
  const auto old = create();
  log_out_before_next_write(old);
  const auto pair = create();
  EXPECT_FALSE(lives(old));
  EXPECT_TRUE(lives(pair));
}

TEST_F(CacheSessionStore, ALogoutDuringARotationEndsTheSession) {
  const auto old = create();
  log_out_before_next_write(old);
  EXPECT_EQ(run(service_.update_token(nothing_, old.refresh)).error(), TokenError::unknown_token);
  EXPECT_EQ(living(), 0u);
}

}  // namespace
}  // namespace webtool::auth
