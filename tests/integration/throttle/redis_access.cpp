// Applications on one Redis: each with the permissions that the documentation names, and with a
// namespace.
#include "integration/throttle/redis_limiter_fixture.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/error.hpp>
#include <webtool/cache/lock.hpp>

#include "support/captured_log.hpp"
#include "support/limit_rule.hpp"

namespace webtool::throttle {
namespace {

using namespace std::chrono_literals;
using test::rule;

/// As docs/reference/redis.md names them.
const std::vector<std::string> permissions = {
    "+get",     "+set",      "+del",      "+hget",    "+hset",          "+hdel",
    "+hgetall", "+getrange", "+setrange", "+pexpire", "+pttl",          "+time",
    "+eval",    "+evalsha",  "+info",     "+select",  "+client|setname"};

class RedisAccess : public RedisLimiterFixture {
 protected:
  [[nodiscard]] std::string url(const std::string& query, const std::string& user = "") const {
    return "redis://" + user + "127.0.0.1:" + std::to_string(server_.port()) + query;
  }
  template <class T>
  T run(awaitable<T> work) {
    return loop_.run(std::move(work));
  }
  static auth::JWTServiceOptions options() {
    auth::JWTServiceOptions options;
    options.secret_key = "0123456789abcdef0123456789abcdef";
    return options;
  }

  void use_cache(cache::RedisCache& cache) {
    run(cache.set("a", "1"));
    run(cache.set("b", "1", {.nx = true}));
    run(cache.set("a", "2", {.ex = 10s, .if_equal = "1"}));
    EXPECT_EQ(run(cache.get("a")), "2");
    run(cache.erase("a", "2"));
    run(cache.erase("b"));
    auto lock = cache.lock("name", {});
    EXPECT_TRUE(run(lock.acquire()));
    EXPECT_TRUE(run(lock.extend(1s)));
    EXPECT_TRUE(run(lock.release()));
  }
  void use_sessions(cache::RedisCache& cache) {
    auth::RedisJWTService service(cache, options());
    const auth::Grant user("123");
    auto pair = run(service.create_token(user));
    const auto spent = pair;
    pair = *run(service.update_token(auth::Grant(), pair.refresh));
    EXPECT_TRUE(run(service.validate_access_token(pair.access)).has_value());
    EXPECT_EQ(run(service.sessions("123")).size(), 1u);
    EXPECT_FALSE(run(service.update_token(auth::Grant(), spent.refresh)).has_value());
    pair = run(service.create_token(user));
    run(service.create_token(user));
    EXPECT_TRUE(run(service.invalidate_others(pair.refresh)).has_value());
    EXPECT_TRUE(run(service.invalidate_token(pair.refresh)).has_value());
    run(service.end_sessions("123"));
  }
  /// Whether the user's second request is denied, as it should be.
  void use_limits(cache::RedisCache& cache) {
    RedisLimiter limiter(cache, asks_always());
    for (const auto algorithm : test::algorithms) {
      const Policy policy("GET /", {rule(1, 100s, algorithm), rule(600, 1h, algorithm)});
      EXPECT_TRUE(decide(limiter, policy).allowed);
      EXPECT_FALSE(decide(limiter, policy).allowed);
    }
  }
  void use_everything(cache::RedisCache& cache) {
    use_cache(cache);
    use_sessions(cache);
    use_limits(cache);
  }

  void let_in(const std::string& keys, const std::string& but = "") {
    std::vector<std::string> words = {"ACL", "SETUSER", "app", "reset", "on", ">secret", keys};
    for (const auto& permission : permissions)
      if (permission != but) words.push_back(permission);
    server_.command(words);
    server_.command({"FLUSHALL"});
    server_.command({"SCRIPT", "FLUSH"});
  }
};

TEST(DocumentedPermissions, AreThese) {
  std::ifstream file(WEBTOOL_PERMISSIONS);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto from = text.find("ACL SETUSER webtool on >password ~*");
  ASSERT_NE(from, std::string::npos);
  std::istringstream words(text.substr(from, text.find("```", from) - from));
  std::vector<std::string> named;
  for (std::string word; words >> word;)
    if (word.starts_with("+")) named.push_back(word);
  EXPECT_EQ(named, permissions);
}

TEST_F(RedisAccess, TheDocumentedPermissionsAreEnough) {
  let_in("~*");
  const test::CapturedLog log;
  cache::RedisCache cache(url("/1", "app:secret@"));
  use_everything(cache);
  EXPECT_EQ(log.times("refused"), 0) << log.text();
}

TEST_F(RedisAccess, ANamespaceIsEnoughOfTheKeys) {
  let_in("~shop:*");
  const test::CapturedLog log;
  cache::RedisCache cache(url("?namespace=shop", "app:secret@"));
  use_everything(cache);
  EXPECT_EQ(log.times("refused"), 0) << log.text();
  cache::RedisCache without(url("", "app:secret@"));
  EXPECT_THROW(run(without.get("a")), cache::StoreUnavailable);
}

TEST_F(RedisAccess, EachOfThePermissionsIsNeeded) {
  for (const auto& permission : permissions) {
    if (permission == "+client|setname") continue;  // a refused name is not missed
    let_in("~*", permission);
    const test::CapturedLog log;
    cache::RedisCache cache(url("/1", "app:secret@"));
    std::string words;
    try {
      use_everything(cache);
    } catch (const cache::StoreUnavailable& error) {
      words = error.words();
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << permission;
    }
    // What needs no permission that is missing goes on; what was refused is logged.
    if (permission != "+info") {
      EXPECT_NE(words, "") << permission << log.text();
    }
    EXPECT_GE(log.times("was refused: "), 1) << permission << log.text();
  }
}

TEST_F(RedisAccess, EveryKeyStartsWithTheNamespace) {
  cache::RedisCache cache(url("?namespace=shop"));
  run(cache.set("a", "1"));
  auth::RedisJWTService service(cache, options());
  run(service.create_token(auth::Grant("123")));
  use_limits(cache);
  auto lock = cache.lock("name", {});
  EXPECT_TRUE(run(lock.acquire()));
  EXPECT_GE(keys().size(), 6u);
  for (const auto& key : keys()) EXPECT_TRUE(key.starts_with("shop:")) << key;
}

TEST_F(RedisAccess, NamespacesKeepApplicationsApart) {
  cache::RedisCache shop(url("?namespace=shop"));
  cache::RedisCache forum(url("?namespace=forum"));
  cache::RedisCache plain(url(""));
  for (auto* cache : {&shop, &forum, &plain}) {
    // Neither a counter of an equal route nor a lock of another is met.
    use_limits(*cache);
    auto lock = cache->lock("name", {.ttl = 1h});
    EXPECT_TRUE(run(lock.acquire()));
    run(cache->set("key", "own"));
  }
  run(shop.erase("key"));
  EXPECT_EQ(run(forum.get("key")), "own");

  auth::RedisJWTService in_shop(shop, options());
  auth::JWTService in_forum(forum, options());
  const auth::Grant user("123");
  const auto pair = run(in_forum.create_token(user));
  EXPECT_TRUE(run(in_shop.sessions("123")).empty());
  EXPECT_FALSE(run(in_shop.validate_access_token(pair.access)).has_value());
  run(in_shop.create_token(user));
  run(in_shop.end_sessions("123"));
  EXPECT_TRUE(run(in_forum.validate_access_token(pair.access)).has_value());
}

TEST_F(RedisAccess, TheSameNamespaceIsTheSameApplication) {
  cache::RedisCache one(url("?namespace=shop"));
  cache::RedisCache other(url("?namespace=shop"));
  run(one.set("key", "shared"));
  EXPECT_EQ(run(other.get("key")), "shared");
  auth::RedisJWTService begins(one, options());
  auth::JWTService knows(other, options());
  const auto pair = run(begins.create_token(auth::Grant("123")));
  EXPECT_TRUE(run(knows.validate_access_token(pair.access)).has_value());
  RedisLimiter first(one), second(other);
  const Policy policy("GET /", {rule(1, 100s)});
  EXPECT_TRUE(decide(first, policy).allowed);
  EXPECT_FALSE(decide(second, policy).allowed);
}

}  // namespace
}  // namespace webtool::throttle
