#include <webtool/auth/jwt_manager.hpp>

#include <gtest/gtest.h>
#include <boost/json/array.hpp>

#include <cmath>

#include <webtool/jose/base64url.hpp>
#include <webtool/jose/compact.hpp>

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;

const Timestamp issued(1'700'000'000s);
const std::string secret = "0123456789abcdef0123456789abcdef";

ClaimsSet sample() {
  ClaimsSet claims{Grant("123")};
  claims.iat = issued;
  claims.exp = issued + 1h;
  claims.jti = "j";
  return claims;
}

boost::system::error_code error_at(BaseJWTManager& manager, const std::string& token, Timestamp now,
                                   TokenType type = TokenType::access) {
  const auto claims = manager.decode(token, type, now);
  return claims.has_error() ? claims.error() : boost::system::error_code{};
}

JWTManagerOptions with_leeway(std::chrono::seconds leeway) {
  JWTManagerOptions options;
  options.leeway = leeway;
  return options;
}

TEST(JWTManager, ExpiryBoundary) {
  JWTManager manager(secret, with_leeway(0s));
  const auto token = manager.encode(sample(), TokenType::access);
  EXPECT_FALSE(error_at(manager, token, issued + 1h - 1us));
  EXPECT_EQ(error_at(manager, token, issued + 1h), TokenError::expired);
  EXPECT_TRUE(manager.decode(token, TokenType::access, issued + 24h, Expiry::ignored).has_value());
}

TEST(JWTManager, ExpiryBoundaryWithLeeway) {
  JWTManager manager(secret, with_leeway(60s));
  const auto token = manager.encode(sample(), TokenType::access);
  EXPECT_FALSE(error_at(manager, token, issued + 1h + 60s - 1us));
  EXPECT_EQ(error_at(manager, token, issued + 1h + 60s), TokenError::expired);
}

TEST(JWTManager, IssuedInTheFutureBoundary) {
  JWTManager manager(secret, with_leeway(60s));
  const auto token = manager.encode(sample(), TokenType::access);
  EXPECT_FALSE(error_at(manager, token, issued - 60s));
  EXPECT_EQ(error_at(manager, token, issued - 60s - 1us), TokenError::not_yet_valid);
  EXPECT_EQ(manager.decode(token, TokenType::access, issued - 1h, Expiry::ignored).error(),
            TokenError::not_yet_valid);
}

TEST(JWTManager, NotBeforeBoundary) {
  JWTManager manager(secret, with_leeway(10s));
  auto claims = sample();
  claims.nbf = issued + 5min;
  const auto token = manager.encode(claims, TokenType::access);
  EXPECT_FALSE(error_at(manager, token, issued + 5min - 10s));
  EXPECT_EQ(error_at(manager, token, issued + 5min - 10s - 1us), TokenError::not_yet_valid);
}

TEST(JWTManager, LifetimeBoundary) {
  JWTManagerOptions options;
  options.max_access_lifetime = 3600s;
  options.max_refresh_lifetime = 3601s;
  JWTManager manager(secret, options);
  auto claims = sample();
  EXPECT_FALSE(error_at(manager, manager.encode(claims, TokenType::access), issued));
  claims.exp += 1us;
  EXPECT_EQ(error_at(manager, manager.encode(claims, TokenType::access), issued),
            TokenError::lifetime_too_long);
  EXPECT_FALSE(
      error_at(manager, manager.encode(claims, TokenType::refresh), issued, TokenType::refresh));
}

TEST(JWTManager, TypesDoNotMix) {
  for (const auto& key :
       {jose::KeyRing(secret), jose::KeyRing(jose::Key::generate(jose::KeyType::ed25519))}) {
    JWTManager manager(key);
    const auto access = manager.encode(sample(), TokenType::access);
    const auto refresh = manager.encode(sample(), TokenType::refresh);
    // Twice, because the memory of verified tokens must distinguish types too.
    for (int i = 0; i < 2; ++i) {
      EXPECT_FALSE(error_at(manager, access, issued, TokenType::access));
      EXPECT_FALSE(error_at(manager, refresh, issued, TokenType::refresh));
      EXPECT_EQ(error_at(manager, access, issued, TokenType::refresh), TokenError::wrong_type);
      EXPECT_EQ(error_at(manager, refresh, issued, TokenType::access), TokenError::wrong_type);
    }
  }
}

TEST(JWTManager, TypMustBeOurs) {
  const auto key = jose::Key::from_secret(secret);
  JWTManager manager{jose::KeyRing(key)};
  const auto with_typ = [&](std::string_view typ) {
    return error_at(manager, jose::sign_compact(key, typ, to_json(sample())), issued);
  };
  EXPECT_FALSE(with_typ("at+jwt"));
  EXPECT_FALSE(with_typ("application/at+jwt"));
  EXPECT_FALSE(with_typ("AT+JWT"));
  for (const char* bad : {"", "JWT", "jwt", "at", "xat+jwt", "text/at+jwt"})
    EXPECT_EQ(with_typ(bad), TokenError::wrong_type) << bad;
}

TEST(JWTManager, IssuerIsSetAndRequiredExactly) {
  JWTManagerOptions options;
  options.issuer = "https://issuer.example";
  JWTManager manager(secret, options);
  JWTManager silent(secret);
  options.issuer = "https://issuer.example.evil";
  JWTManager longer(secret, options);
  const auto token = manager.encode(sample(), TokenType::access);
  EXPECT_EQ(manager.decode(token, TokenType::access, issued)->iss, "https://issuer.example");
  EXPECT_EQ(error_at(longer, token, issued), TokenError::wrong_issuer);
  EXPECT_EQ(error_at(manager, longer.encode(sample(), TokenType::access), issued),
            TokenError::wrong_issuer);
  EXPECT_EQ(error_at(manager, silent.encode(sample(), TokenType::access), issued),
            TokenError::wrong_issuer);
}

TEST(JWTManager, AudienceIsSetAndRequired) {
  JWTManagerOptions options;
  options.audience = "api";
  JWTManager manager(secret, options);
  JWTManager silent(secret);
  const auto token = manager.encode(sample(), TokenType::access);
  EXPECT_FALSE(error_at(manager, token, issued));
  EXPECT_EQ(error_at(silent, token, issued), TokenError::wrong_audience);
  EXPECT_EQ(error_at(manager, silent.encode(sample(), TokenType::access), issued),
            TokenError::wrong_audience);
  auto claims = sample();
  claims.aud = {"other", "api"};
  EXPECT_FALSE(error_at(manager, silent.encode(claims, TokenType::access), issued));
  claims.aud = {"apis", "ap"};
  EXPECT_EQ(error_at(manager, silent.encode(claims, TokenType::access), issued),
            TokenError::wrong_audience);
}

TEST(JWTManager, KeysRotateWithoutRestart) {
  const auto old_key = jose::Key::generate(jose::KeyType::ed25519);
  const auto new_key = jose::Key::generate(jose::KeyType::p256);
  JWTManager manager{jose::KeyRing(old_key)};
  const auto old_token = manager.encode(sample(), TokenType::access);
  EXPECT_FALSE(error_at(manager, old_token, issued));
  manager.set_keys(jose::KeyRing(std::vector{new_key, old_key}));
  const auto new_token = manager.encode(sample(), TokenType::access);
  EXPECT_FALSE(error_at(manager, old_token, issued));
  EXPECT_FALSE(error_at(manager, new_token, issued));
  EXPECT_EQ(manager.keys()->public_jwks().at("keys").as_array().size(), 2u);
  // A token verified with a removed key is not remembered.
  manager.set_keys(new_key);
  EXPECT_EQ(error_at(manager, old_token, issued), TokenError::unknown_key);
  EXPECT_FALSE(error_at(manager, new_token, issued));
}

TEST(JWTManager, ARememberedTokenIsStillCheckedForItsTimes) {
  JWTManager manager(jose::Key::generate(jose::KeyType::ed25519), with_leeway(0s));
  const auto token = manager.encode(sample(), TokenType::access);
  EXPECT_FALSE(error_at(manager, token, issued));
  EXPECT_FALSE(error_at(manager, token, issued));
  EXPECT_EQ(error_at(manager, token, issued + 1h), TokenError::expired);
  EXPECT_EQ(error_at(manager, token, issued - 1s), TokenError::not_yet_valid);
}

TEST(JWTManager, NothingButTheVeryTokenIsRemembered) {
  for (const std::size_t capacity : {0u, 1u, 4096u}) {
    JWTManagerOptions options;
    options.verified_tokens = capacity;
    JWTManager manager(jose::Key::generate(jose::KeyType::ed25519), options);
    auto claims = sample();
    const auto token = manager.encode(claims, TokenType::access);
    claims.sub = "456";
    const auto other = manager.encode(claims, TokenType::access);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(manager.decode(token, TokenType::access, issued)->sub, "123");
      EXPECT_EQ(manager.decode(other, TokenType::access, issued)->sub, "456");
    }
    for (std::size_t at = 0; at < token.size(); ++at) {
      auto broken = token;
      broken[at] = broken[at] == 'A' ? 'B' : 'A';
      ASSERT_TRUE(error_at(manager, broken, issued)) << at;
    }
    ASSERT_TRUE(error_at(manager, token + "A", issued));
    ASSERT_TRUE(error_at(manager, token.substr(0, token.size() - 1), issued));
  }
}

// An empty place of the table of verified tokens once matched the empty token.
TEST(JWTManager, WhatIsNoTokenIsNotFoundAmongVerifiedOnes) {
  for (const std::size_t capacity : {1u, 2u, 4096u}) {
    JWTManagerOptions options;
    options.issuer = "issuer";
    options.audience = "api";
    options.verified_tokens = capacity;
    JWTManager manager(jose::Key::generate(jose::KeyType::ed25519), options);
    const auto token = manager.encode(sample(), TokenType::access);
    for (int round = 0; round < 3; ++round) {
      for (const std::string& text :
           {std::string(), std::string(1, '\0'), std::string("."), std::string(".."),
            std::string("..."), std::string(" "), token.substr(0, token.rfind('.') + 1),
            token.substr(0, token.rfind('.')), token.substr(token.find('.')), token + '\0',
            std::string(100'000, 'a')}) {
        for (const auto type : {TokenType::access, TokenType::refresh}) {
          for (const auto expiry : {Expiry::enforced, Expiry::ignored})
            EXPECT_TRUE(manager.decode(text, type, issued, expiry).has_error()) << text;
        }
      }
      // The next rounds meet a place in use.
      EXPECT_FALSE(error_at(manager, token, issued));
    }
  }
}

// Also the second time, when a good token would be in the memory of verified tokens.
TEST(JWTManager, WrongPartiesAreRefusedHoweverOftenTheyAsk) {
  const auto key = jose::Key::generate(jose::KeyType::ed25519);
  JWTManagerOptions options;
  options.issuer = "issuer";
  options.audience = "api";
  JWTManager manager(key, options);
  JWTManager silent{jose::KeyRing(key)};
  const auto token_of = [&](std::optional<std::string> iss, std::vector<std::string> aud) {
    auto claims = sample();
    claims.iss = std::move(iss);
    claims.aud = std::move(aud);
    return silent.encode(claims, TokenType::access);
  };
  const auto good = token_of("issuer", {"api"});
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(error_at(manager, good, issued));
    EXPECT_EQ(error_at(manager, token_of("other", {"api"}), issued), TokenError::wrong_issuer);
    EXPECT_EQ(error_at(manager, token_of({}, {"api"}), issued), TokenError::wrong_issuer);
    EXPECT_EQ(error_at(manager, token_of("issuer", {"other"}), issued), TokenError::wrong_audience);
    EXPECT_EQ(error_at(manager, token_of("issuer", {}), issued), TokenError::wrong_audience);
    EXPECT_EQ(error_at(silent, good, issued), TokenError::wrong_audience);
  }
}

TEST(JWTManager, ARememberedTokenIsStillCheckedForEveryTime) {
  JWTManagerOptions options = with_leeway(0s);
  options.max_access_lifetime = 1h;
  const auto key = jose::Key::generate(jose::KeyType::ed25519);
  JWTManager manager(key, options);
  JWTManager free(key, with_leeway(0s));
  auto claims = sample();
  claims.nbf = issued + 60s;
  const auto later = manager.encode(claims, TokenType::access);
  claims.exp = issued + 1h + 1s;
  const auto longer = free.encode(claims, TokenType::access);
  EXPECT_FALSE(error_at(manager, later, issued + 60s));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(error_at(manager, later, issued + 59s), TokenError::not_yet_valid);
    EXPECT_EQ(error_at(manager, later, issued + 1h), TokenError::expired);
    EXPECT_EQ(error_at(manager, longer, issued + 60s), TokenError::lifetime_too_long);
  }
}

TEST(JWTManager, APublicKeyChecksAndDoesNotSign) {
  const auto key = jose::Key::generate(jose::KeyType::p256);
  JWTManager signing{jose::KeyRing(key)};
  JWTManager checking{jose::KeyRing(key.public_pem())};
  EXPECT_FALSE(error_at(checking, signing.encode(sample(), TokenType::access), issued));
  EXPECT_THROW((void)checking.encode(sample(), TokenType::access), jose::InvalidKey);
}

TEST(JWTManager, WholeSecondsOnRequest) {
  JWTManagerOptions options = with_leeway(0s);
  options.numeric_dates = NumericDates::integer;
  options.max_access_lifetime = 1h;
  const auto key = jose::Key::generate(jose::KeyType::ed25519);
  JWTManager whole(key, options);
  options.numeric_dates = NumericDates::exact;
  JWTManager exact(key, options);
  auto claims = sample();
  for (const auto fraction : {0us, 1us, 500'000us, 999'999us}) {
    claims.iat = issued + fraction;
    claims.nbf = issued + fraction;
    claims.exp = issued + 1h + fraction;
    const auto token = whole.encode(claims, TokenType::access);
    const auto start = token.find('.') + 1;
    const auto payload = *jose::base64url_decode(token.substr(start, token.rfind('.') - start));
    EXPECT_NE(payload.find(R"("exp":1700003600,"iat":1700000000,)"), std::string::npos) << payload;
    EXPECT_NE(payload.find(R"("nbf":1700000000,)"), std::string::npos) << payload;
    EXPECT_FALSE(error_at(exact, token, claims.iat)) << "its lifetime is what it was";
    EXPECT_EQ(error_at(exact, token, claims.exp), TokenError::expired);
    EXPECT_FALSE(error_at(whole, exact.encode(claims, TokenType::access), claims.iat));
  }
}

TEST(JWTManager, NumbersThatAreNotFiniteAreNotWritten) {
  JWTManager manager(secret);
  for (const double number : {HUGE_VAL, -HUGE_VAL, std::nan("")}) {
    auto claims = sample();
    claims.extra["n"] = number;
    EXPECT_THROW((void)manager.encode(claims, TokenType::access), std::invalid_argument);
    claims.extra = {{"deep", boost::json::array{boost::json::object{{"n", number}}}}};
    EXPECT_THROW((void)manager.encode(claims, TokenType::access), std::invalid_argument);
    EXPECT_THROW((void)to_json(claims), std::invalid_argument);
  }
}

TEST(JWTManager, RefusesImpossibleOptions) {
  const auto refuses = [](JWTManagerOptions options) {
    EXPECT_THROW(JWTManager(secret, std::move(options)), std::invalid_argument);
  };
  refuses(with_leeway(-1s));
  refuses(with_leeway(301s));
  JWTManagerOptions options;
  options.issuer = "";
  refuses(options);
  options.issuer.reset();
  options.audience = "";
  refuses(options);
  options.audience.reset();
  options.max_access_lifetime = -1s;
  refuses(options);
}

}  // namespace
}  // namespace webtool::auth
