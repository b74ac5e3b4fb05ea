// The sessions of a subject are one entry of the store, on every service. The entry lasts exactly
// as long as its longest session.
#include <algorithm>

#include "contract/jwt_services.hpp"

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;

constexpr auto day = 24h;

template <class Where>
class JWTServiceStoreLife : public JWTServiceContract<Where> {
 protected:
  JWTServiceStoreLife() { this->start(lasting(10 * day)); }

  static JWTServiceOptions lasting(std::chrono::hours time) {
    JWTServiceOptions options;
    options.refresh_token_expire_time = time;
    options.session_expire_time = 15 * day;
    return options;
  }
  /// Another application on the same store, with other lifetimes.
  std::unique_ptr<BaseJWTService> service_lasting(std::chrono::hours time) {
    auto options = lasting(time);
    options.access_token_expire_time = 1h;
    options.clock = this->clock_.clock();
    options.secret_key = "0123456789abcdef0123456789abcdef";
    return this->where_.make(std::move(options));
  }

  /// Checks that the entry lasts at least that long. Redis has its own clock and is asked. The
  /// other stores use the clock of the test.
  void expect_life(const TokenPair& pair, std::chrono::hours life) {
    if constexpr (requires { this->where_.server; }) {
      const auto left = life_on_redis();
      EXPECT_GT(left, life - 1min);
      EXPECT_LT(left, 15 * day + 1h);
    } else {
      this->clock_.advance(life - 1s);
      EXPECT_EQ(this->refresh_error(pair), boost::system::error_code{});
    }
  }
  std::chrono::milliseconds life_on_redis() {
    const auto keys = this->where_.server.command({"KEYS", "*"});
    if (keys.array()->size() != 1) return 0ms;
    const auto& key = *keys.array()->front().string();
    return std::chrono::milliseconds(*this->where_.server.command({"PTTL", key}).integer());
  }
};
TYPED_TEST_SUITE(JWTServiceStoreLife, JWTServices);

TYPED_TEST(JWTServiceStoreLife, OneSession) {
  this->expect_life(this->create(), 10 * day);
}

TYPED_TEST(JWTServiceStoreLife, ARotationMakesItLonger) {
  const auto old = this->create();
  this->clock_.advance(4 * day);
  const auto pair = this->rotate(old);
  ASSERT_TRUE(pair.has_value()) << pair.error();
  this->expect_life(*pair, 10 * day);
}

TYPED_TEST(JWTServiceStoreLife, RotatingASessionNearItsEndShortensNoOther) {
  auto old = this->create();
  this->clock_.advance(9 * day);
  old = *this->rotate(old);
  this->clock_.advance(5 * day);
  const auto young = this->create();
  ASSERT_TRUE(this->rotate(old).has_value());  // it is 14 days old, and lasts one more
  this->expect_life(young, 10 * day);
}

TYPED_TEST(JWTServiceStoreLife, ALoginForAShorterTimeShortensNoOther) {
  const auto pair = this->create();
  (void)this->run(this->service_lasting(2h)->create_token(Grant("123")));
  this->expect_life(pair, 10 * day);
}

TYPED_TEST(JWTServiceStoreLife, RotatingForAShorterTimeShortensNoOther) {
  const auto pair = this->create();
  const auto short_lived = this->service_lasting(2h);
  const auto other = this->run(short_lived->create_token(Grant("123")));
  ASSERT_TRUE(this->run(short_lived->update_token(Grant(), other.refresh)).has_value());
  this->expect_life(pair, 10 * day);
}

TYPED_TEST(JWTServiceStoreLife, EndingASessionShortensNoOther) {
  const auto pair = this->create();
  const auto other = this->run(this->service_lasting(2h)->create_token(Grant("123")));
  ASSERT_TRUE(this->run(this->service_->invalidate_token(other.refresh)).has_value());
  this->expect_life(pair, 10 * day);
}

TYPED_TEST(JWTServiceStoreLife, ReuseShortensNoOther) {
  const auto pair = this->create();
  const auto old = this->create();
  ASSERT_TRUE(this->rotate(old).has_value());
  ASSERT_EQ(this->rotate(old).error(), TokenError::token_reused);
  this->expect_life(pair, 10 * day);
}

TYPED_TEST(JWTServiceStoreLife, AHostWhoseClockIsWrongShortensNoOther) {
  for (const auto error : {-8 * day, 8 * day}) {
    const auto pair = this->create();
    auto options = this->lasting(10 * day);
    options.secret_key = "0123456789abcdef0123456789abcdef";
    options.clock = [clock = this->clock_.clock(), error] { return clock() + error; };
    const std::unique_ptr<BaseJWTService> host = this->where_.make(std::move(options));
    const auto theirs = this->run(host->create_token(Grant("123")));
    (void)this->run(host->update_token(Grant(), theirs.refresh));
    this->expect_life(pair, 10 * day);
    this->run(this->service_->end_sessions("123"));
  }
}

}  // namespace
}  // namespace webtool::auth
