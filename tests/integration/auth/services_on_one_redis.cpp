// Services of either class on one Redis are one: what one begins, the other knows and can end.
#include <gtest/gtest.h>

#include <functional>

#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/redis_cache.hpp>

#include "support/redis_server.hpp"
#include "support/run.hpp"

namespace webtool::auth {
namespace {

class ServicesOnOneRedis : public testing::Test {
 protected:
  static JWTServiceOptions options() {
    JWTServiceOptions options;
    options.secret_key = "0123456789abcdef0123456789abcdef";
    return options;
  }

  // What a pair begun by one service is for the other.
  void expect_one(BaseJWTService& one, BaseJWTService& other) {
    const Grant user("123");
    const auto pair = loop_.run(one.create_token(user));
    const auto second = loop_.run(one.create_token(user));
    EXPECT_TRUE(loop_.run(other.validate_access_token(pair.access)).has_value());
    EXPECT_EQ(loop_.run(other.search_token(pair.refresh))->size(), 2u);
    const auto rotated = loop_.run(other.update_token(user, pair.refresh));
    ASSERT_TRUE(rotated.has_value());
    EXPECT_FALSE(loop_.run(one.validate_access_token(pair.access)).has_value());
    EXPECT_TRUE(loop_.run(other.invalidate_token(second.refresh)).has_value());
    EXPECT_FALSE(loop_.run(one.validate_access_token(second.access)).has_value());
    // A spent token ends the session for both.
    EXPECT_FALSE(loop_.run(one.update_token(user, pair.refresh)).has_value());
    EXPECT_FALSE(loop_.run(other.validate_access_token(rotated->access)).has_value());
    EXPECT_TRUE(loop_.run(other.sessions("123")).empty());
  }

  test::RedisServer server_;
  cache::RedisCache cache_{server_.url()};
  cache::RedisCache connected_anew_{server_.url()};
  test::Loop loop_;
};

TEST_F(ServicesOnOneRedis, SeeTheSameSessions) {
  JWTService plain(cache_, options());
  JWTService elsewhere(connected_anew_, options());
  RedisJWTService redis(cache_, options());
  cache::BaseCache& as_any = cache_;
  JWTService on_any(as_any, options());
  expect_one(plain, redis);
  expect_one(redis, plain);
  expect_one(elsewhere, redis);
  expect_one(redis, on_any);
}

}  // namespace
}  // namespace webtool::auth
