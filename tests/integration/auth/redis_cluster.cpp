// The scripts on a node of a Redis Cluster, which refuses a key that was not declared or that lies
// in another slot.
#include <gtest/gtest.h>

#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/redis_cache.hpp>

#include "support/redis_server.hpp"
#include "support/run.hpp"

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;

class RedisClusterTest : public testing::Test {
 protected:
  test::RedisServer server_{{}, test::RedisServer::Mode::cluster};
  cache::RedisCache cache_{server_.url()};
  test::Loop loop_;
};

TEST_F(RedisClusterTest, EveryOperationWorksForManySubjects) {
  JWTServiceOptions options;
  options.secret_key = "0123456789abcdef0123456789abcdef";
  options.max_sessions = 2;
  RedisJWTService service(cache_, options);
  for (int i = 0; i < 50; ++i) {
    const Grant user("user" + std::to_string(i));
    const auto other = loop_.run(service.create_token(user));
    loop_.run(service.create_token(user));
    auto pair = loop_.run(service.create_token(user));
    pair = *loop_.run(service.update_token(user, pair.refresh));
    EXPECT_TRUE(loop_.run(service.validate_access_token(pair.access)).has_value());
    EXPECT_FALSE(loop_.run(service.validate_access_token(other.access)).has_value());
    EXPECT_EQ(loop_.run(service.search_token(pair.refresh))->size(), 2u);
    EXPECT_EQ(*loop_.run(service.invalidate_others(pair.refresh)), 1u);
    EXPECT_TRUE(loop_.run(service.invalidate_token(pair.refresh)).has_value());
    loop_.run(service.end_sessions(user.sub));
  }
}

TEST_F(RedisClusterTest, CacheAndLockWork) {
  for (int i = 0; i < 50; ++i) {
    const auto key = "key" + std::to_string(i);
    cache::SetOptions options;
    EXPECT_TRUE(loop_.run(cache_.set(key, "a", options)));
    options.if_equal = "a";
    EXPECT_TRUE(loop_.run(cache_.set(key, "b", options)));
    EXPECT_TRUE(loop_.run(cache_.erase(key, "b")));
    auto lock = cache_.lock(key);
    EXPECT_TRUE(loop_.run(lock.acquire()));
    EXPECT_TRUE(loop_.run(lock.release()));
  }
}

// The proof that such a node would have told us.
TEST_F(RedisClusterTest, AnUndeclaredKeyIsRefused) {
  const redis::Script script("#!lua\nreturn redis.call('GET', 'other' .. KEYS[1])");
  const std::string_view keys[] = {"key"};
  const auto reply = loop_.run(cache_.client().evaluate(script, keys, {}));
  EXPECT_TRUE(reply.has_error());
}

}  // namespace
}  // namespace webtool::auth
