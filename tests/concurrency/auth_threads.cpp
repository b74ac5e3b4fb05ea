#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>

#include <webtool/auth/jwt_service.hpp>

#include "concurrency/threads.hpp"
#include "support/stores.hpp"

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;

struct ServiceInMemory : test::InMemory {
  using Service = JWTService;
};
template <class Kind>
struct ServiceOnRedis : test::OnRedis {
  using Service = Kind;
};

JWTServiceOptions options(std::chrono::seconds grace) {
  JWTServiceOptions options;
  options.secret_key = jose::Key::generate(jose::KeyType::ed25519);
  options.rotation_grace = grace;
  return options;
}

template <class Where>
class AuthThreads : public testing::Test {
 protected:
  Where where_;
};
using Stores =
    testing::Types<ServiceInMemory, ServiceOnRedis<JWTService>, ServiceOnRedis<RedisJWTService>>;
TYPED_TEST_SUITE(AuthThreads, Stores);

TYPED_TEST(AuthThreads, OneTokenRotatedByAllMakesOneGeneration) {
  typename TypeParam::Service service(this->where_.cache, options(0s));
  test::Loop main_loop;
  for (int round = 0; round < 10; ++round) {
    const auto pair = main_loop.run(service.create_token({"123"}));
    std::atomic<int> rotated = 0, reused = 0;
    test::in_threads([&](test::Loop& loop, int) {
      const auto outcome = loop.run(service.update_token({}, pair.refresh));
      if (outcome.has_value()) ++rotated;
      if (outcome.has_error() && outcome.error() == TokenError::token_reused) ++reused;
    });
    EXPECT_EQ(rotated, 1);
    EXPECT_EQ(reused, 1);
  }
}

TYPED_TEST(AuthThreads, WithinTheGraceAllGetTheSame) {
  typename TypeParam::Service service(this->where_.cache, options(60s));
  test::Loop main_loop;
  for (int round = 0; round < 10; ++round) {
    const auto pair = main_loop.run(service.create_token({"123"}));
    std::mutex mutex;
    std::set<std::string> refreshes;
    test::in_threads([&](test::Loop& loop, int) {
      const auto outcome = loop.run(service.update_token({}, pair.refresh));
      const std::scoped_lock hold(mutex);
      refreshes.insert(outcome.has_value() ? std::string(outcome->refresh)
                                           : outcome.error().message());
    });
    ASSERT_EQ(refreshes.size(), 1u);
    EXPECT_TRUE(main_loop.run(service.validate_refresh_token(*refreshes.begin())).has_value());
  }
}

TYPED_TEST(AuthThreads, EverybodyForThemselves) {
  typename TypeParam::Service service(this->where_.cache, options(0s));
  test::in_threads([&](test::Loop& loop, int number) {
    const Grant user("user" + std::to_string(number));
    auto pair = loop.run(service.create_token(user));
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(loop.run(service.validate_access_token(pair.access)).has_value());
      auto next = loop.run(service.update_token(user, pair.refresh));
      ASSERT_TRUE(next.has_value());
      ASSERT_FALSE(loop.run(service.validate_access_token(pair.access)).has_value());
      pair = *next;
    }
    ASSERT_EQ(loop.run(service.sessions(user.sub)).size(), 1u);
    ASSERT_TRUE(loop.run(service.invalidate_token(pair.refresh)).has_value());
  });
}

TEST(JWTManagerThreads, KeysChangeWhileTokensAreChecked) {
  const auto first = jose::Key::generate(jose::KeyType::ed25519);
  const auto second = jose::Key::generate(jose::KeyType::p256);
  JWTManager manager{jose::KeyRing(std::vector{first, second})};
  ClaimsSet claims{Grant("123")};
  claims.iat = system_now();
  claims.exp = claims.iat + 1h;
  claims.jti = "j";
  test::in_threads([&](test::Loop&, int number) {
    for (int i = 0; i < 200; ++i) {
      if (number == 0)
        manager.set_keys(
            jose::KeyRing(i % 2 == 0 ? std::vector{first, second} : std::vector{second, first}));
      const auto token = manager.encode(claims, TokenType::access);
      ASSERT_TRUE(manager.decode(token, TokenType::access, claims.iat).has_value());
      ASSERT_TRUE(manager.decode(token, TokenType::access, claims.iat).has_value());
    }
  });
}

}  // namespace
}  // namespace webtool::auth
