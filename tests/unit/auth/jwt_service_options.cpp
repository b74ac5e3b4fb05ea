// The options that a service accepts. Its behaviour is tested in tests/contract.
#include <gtest/gtest.h>

#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/in_memory_cache.hpp>

#include "support/run.hpp"

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;

JWTServiceOptions sound() {
  JWTServiceOptions options;
  options.secret_key = "0123456789abcdef0123456789abcdef";
  return options;
}

class JWTServiceOptionsTest : public testing::Test {
 protected:
  template <class Change>
  std::string refusal(Change change) {
    auto options = sound();
    change(options);
    try {
      const JWTService service(cache_, std::move(options));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  }
  std::string algorithm_of(JWTServiceOptions options) {
    JWTService service(cache_, std::move(options));
    const auto pair = loop_.run(service.create_token({"123"}));
    const auto ring = dynamic_cast<JWTManager&>(service.jwt_manager()).keys();
    EXPECT_TRUE(loop_.run(service.validate_access_token(pair.access)).has_value());
    return std::string(name(ring->signing_key().algorithm()));
  }

  cache::InMemoryCache cache_;
  test::Loop loop_;
};

TEST_F(JWTServiceOptionsTest, APublicKeyIsRefusedBeforeTheFirstToken) {
  const auto own = jose::Key::generate(jose::KeyType::ed25519);
  const auto old = jose::Key::generate(jose::KeyType::p256);
  const auto refusal_of = [&](std::vector<jose::Key> keys) {
    return refusal([&](auto& options) { options.secret_key = jose::KeyRing(std::move(keys)); });
  };
  const auto public_part = [](const jose::Key& key) { return jose::Key::load(key.public_pem()); };
  for (const auto& text : {refusal_of({public_part(own)}), refusal_of({public_part(old), own}),
                           refusal_of({jose::Key::from_jwk(old.public_jwk())})})
    EXPECT_NE(text.find("secret_key: the first key is public"), std::string::npos) << text;
  EXPECT_EQ(refusal_of({own, public_part(old)}), "");
}

TEST_F(JWTServiceOptionsTest, TheFaultyOneIsNamed) {
  const auto names = [&](auto change, const char* option) {
    EXPECT_NE(refusal(change).find(option), std::string::npos) << option;
  };
  using Options = JWTServiceOptions;
  EXPECT_EQ(refusal([](Options&) {}), "");
  names([](Options& o) { o.secret_key.reset(); }, "secret_key");
  names([](Options& o) { o.access_token_expire_time = 0s; }, "access_token_expire_time");
  names([](Options& o) { o.refresh_token_expire_time = 1s; }, "refresh_token_expire_time");
  names([](Options& o) { o.session_expire_time = 1h; }, "session_expire_time");
  names([](Options& o) { o.session_expire_time = std::chrono::microseconds::max(); },
        "session_expire_time");
  names([](Options& o) { o.rotation_grace = -1s; }, "rotation_grace");
  names([](Options& o) { o.rotation_grace = 301s; }, "rotation_grace");
  names([](Options& o) { o.max_sessions = 0; }, "max_sessions");
  names([](Options& o) { o.clock = nullptr; }, "clock");
  names([](Options& o) { o.jwt_manager = std::make_shared<JWTManager>(*o.secret_key); },
        "jwt_manager");
}

TEST_F(JWTServiceOptionsTest, AnEmptySecretIsRefused) {
  auto options = sound();
  EXPECT_THROW(options.secret_key = "", jose::InvalidKey);
}

TEST_F(JWTServiceOptionsTest, TheKeyChoosesTheAlgorithm) {
  auto options = sound();
  EXPECT_EQ(algorithm_of(options), "HS256");
  options.secret_key = "1234";  // the documents' own
  EXPECT_EQ(algorithm_of(options), "HS256");
  options.secret_key = std::string(48, 'x');
  EXPECT_EQ(algorithm_of(options), "HS384");
  options.secret_key = std::string(64, 'x');
  EXPECT_EQ(algorithm_of(options), "HS512");
  options.secret_key = jose::Key::generate(jose::KeyType::ed25519);
  EXPECT_EQ(algorithm_of(options), "EdDSA");
}

TEST_F(JWTServiceOptionsTest, AnAlgorithmMustFitTheKey) {
  auto options = sound();
  options.algorithm = jose::Algorithm::hs384;
  EXPECT_EQ(algorithm_of(options), "HS384");
  options.algorithm = jose::Algorithm::es256;
  EXPECT_THROW(algorithm_of(options), jose::InvalidKey);
}

TEST_F(JWTServiceOptionsTest, StatelessValidationMakesNoStoreTrip) {
  auto options = sound();
  options.validation = Validation::stateless;
  JWTService service(cache_, options);
  const auto pair = loop_.run(service.create_token({"123"}));
  EXPECT_TRUE(loop_.run(service.invalidate_token(pair.refresh)).has_value());
  loop_.run(cache_.aclose());
  EXPECT_TRUE(loop_.run(service.validate_access_token(pair.access)).has_value());
}

}  // namespace
}  // namespace webtool::auth
