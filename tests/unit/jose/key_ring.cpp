#include <webtool/jose/key_ring.hpp>

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <webtool/jose/compact.hpp>

#include <string>

#include "unit/jose/forge.hpp"

namespace webtool::jose {
namespace {

using namespace testing;

std::string jwks(const std::vector<boost::json::object>& keys) {
  boost::json::array entries(keys.begin(), keys.end());
  return boost::json::serialize(boost::json::object{{"keys", entries}});
}

TEST(KeyRing, TextsAndKeysStandForARing) {
  const Key key = Key::generate(KeyType::ed25519);
  const KeyRing from_key = key;
  const KeyRing from_pem = key.private_pem();
  const KeyRing from_secret = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(from_key.signing_key().kid(), from_pem.signing_key().kid());
  EXPECT_TRUE(from_secret.signing_key().is_symmetric());
}

// K01: the new key signs, tokens of the old one go on being good while it stays in the ring.
TEST(KeyRing, K01_RotatesKeys) {
  const Key old_key = Key::generate(KeyType::p256);
  const Key new_key = Key::generate(KeyType::ed25519);
  const std::string old_token = sign_compact(KeyRing(old_key).signing_key(), "at+jwt", "{}");

  const KeyRing published({old_key, new_key});  // published before its first use
  const KeyRing rotated({new_key, Key::from_pem(old_key.public_pem())});
  const KeyRing retired(new_key);
  const std::string new_token = sign_compact(rotated.signing_key(), "at+jwt", "{}");
  EXPECT_FALSE(judge(published, new_token));
  EXPECT_FALSE(judge(rotated, old_token));
  EXPECT_FALSE(judge(rotated, new_token));
  EXPECT_EQ(judge(retired, old_token), TokenError::unknown_key);
}

TEST(KeyRing, FindsByKidAlone) {
  const Key a = Key::generate(KeyType::p256);
  const Key b = Key::generate(KeyType::p256);
  const KeyRing ring({a, b});
  ASSERT_NE(ring.find(b.kid()), nullptr);
  EXPECT_EQ(ring.find(b.kid())->kid(), b.kid());
  EXPECT_EQ(ring.find(""), nullptr);
  EXPECT_EQ(ring.find(b.kid() + ' '), nullptr);
  EXPECT_EQ(ring.find("../../etc/passwd"), nullptr);
}

// J16
TEST(KeyRing, J16_ConfigurationErrors) {
  const Key key = Key::generate(KeyType::p256);
  EXPECT_THROW(KeyRing(std::vector<Key>{}), InvalidKey);
  EXPECT_THROW(KeyRing({key, key}), InvalidKey);
  EXPECT_THROW(KeyRing({key, Key::from_pem(key.public_pem())}), InvalidKey);
  EXPECT_THROW(KeyRing({key, Key::generate_symmetric()}), InvalidKey);
  EXPECT_THROW(KeyRing({Key::generate_symmetric(), Key::generate_symmetric(), key}), InvalidKey);
  EXPECT_NO_THROW(KeyRing({Key::generate_symmetric(), Key::generate_symmetric()}));
}

TEST(KeyRing, FromJwks) {
  const Key a = Key::generate(KeyType::p256);
  const Key b = Key::generate(KeyType::ed448);
  const KeyRing ring = KeyRing::from_jwks(jwks({a.public_jwk(), b.public_jwk()}));
  ASSERT_EQ(ring.keys().size(), 2u);
  EXPECT_FALSE(judge(ring, sign_compact(b, "at+jwt", "{}")));
  EXPECT_FALSE(ring.signing_key().can_sign());
  EXPECT_THROW(KeyRing::from_jwks(jwks({a.public_jwk(), a.public_jwk()})), InvalidKey);
}

// K06: what a set holds for others is passed over (RFC 7517 section 5); what is for us must be
// right.
TEST(KeyRing, K06_UnknownEntriesArePassedOver) {
  const Key key = Key::generate(KeyType::p256);
  const auto with = [&](const char* name, boost::json::value value) {
    boost::json::object jwk = Key::generate(KeyType::p256).public_jwk();
    jwk[name] = std::move(value);
    return jwk;
  };
  const KeyRing ring = KeyRing::from_jwks(
      jwks({with("kty", "AKP"), with("kty", 1), with("alg", "ECDH-ES"), with("crv", "P-224"),
            with("use", "enc"), with("key_ops", boost::json::array{"deriveKey"}),
            boost::json::object{}, key.public_jwk()}));
  ASSERT_EQ(ring.keys().size(), 1u);
  EXPECT_EQ(ring.keys().front().kid(), key.kid());
  EXPECT_NO_THROW(KeyRing::from_jwks(R"({"keys":[1,null,[],)" +
                                     boost::json::serialize(key.public_jwk()) + R"(],"more":{}})"));

  EXPECT_THROW(KeyRing::from_jwks(jwks({key.public_jwk(), with("x", "AAAA")})), InvalidKey);
  EXPECT_THROW(KeyRing::from_jwks(jwks({key.public_jwk(), with("alg", "ES384")})), InvalidKey);
  EXPECT_THROW(KeyRing::from_jwks(jwks({with("use", "enc")})), InvalidKey) << "none is left";
  for (const auto* text :
       {"", "{}", "[]", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[],"keys":[]})"}) {
    EXPECT_THROW(KeyRing::from_jwks(text), InvalidKey) << text;
  }
}

// K06
TEST(KeyRing, K06_PublicJwksHoldsNoSecret) {
  const KeyRing ring({Key::generate(KeyType::ed25519), Key::generate_rsa()});
  const boost::json::object set = ring.public_jwks();
  const std::string text = boost::json::serialize(set);
  EXPECT_EQ(text.find("\"d\""), std::string::npos);
  EXPECT_EQ(KeyRing::from_jwks(text).keys().size(), 2u);
  for (const auto& entry : set.at("keys").as_array()) {
    for (const auto* member : {"use", "alg", "kid"})
      EXPECT_TRUE(entry.as_object().contains(member));
  }
  EXPECT_EQ(boost::json::serialize(KeyRing(Key::generate_symmetric()).public_jwks()),
            R"({"keys":[]})");
}

}  // namespace
}  // namespace webtool::jose
