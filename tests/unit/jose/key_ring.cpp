#include <webtool/jose/key_ring.hpp>

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <webtool/jose/compact.hpp>

#include <string>

#include "support/captured_log.hpp"
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

// The new key signs, tokens of the old one go on being good while it stays in the ring.
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
}

// What a set says of a refusal; empty where it is taken.
std::string refusal(const std::string& set) {
  try {
    (void)KeyRing::from_jwks(set);
    return {};
  } catch (const InvalidKey& error) {
    return error.what();
  }
}

boost::json::object named(boost::json::object jwk, const char* kid) {
  jwk["kid"] = kid;
  return jwk;
}

// The same key twice is one, also with and without its private half. Of two different keys of
// one kid nobody can tell which is meant.
TEST(KeyRing, TheSameKeyTwiceIsOne) {
  const Key a = Key::generate(KeyType::p256);
  const Key b = Key::generate(KeyType::ed25519);
  const auto ring = KeyRing::from_jwks(
      jwks({a.public_jwk(), b.public_jwk(), a.public_jwk(), named(a.public_jwk(), "other")}));
  ASSERT_EQ(ring.keys().size(), 3u);  // under another kid it is another entry
  EXPECT_EQ(ring.keys()[0].kid(), a.kid());
  EXPECT_EQ(ring.keys()[1].kid(), b.kid());

  const std::string secret =
      R"({"kty":"oct","kid":"s","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"})";
  EXPECT_EQ(KeyRing::from_jwks(R"({"keys":[)" + secret + ',' + secret + "]}").keys().size(), 1u);

  const std::string with_d =
      R"({"kty":"OKP","crv":"Ed25519","kid":"k","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",)"
      R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
  const std::string without_d =
      R"({"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
  for (const auto& both : {with_d + ',' + without_d, without_d + ',' + with_d}) {
    const auto one = KeyRing::from_jwks(R"({"keys":[)" + both + "]}");
    ASSERT_EQ(one.keys().size(), 1u);
    EXPECT_TRUE(one.signing_key().can_sign());
  }
}

TEST(KeyRing, J16_DifferentKeysOfOneKidAreRefusedByPlace) {
  const auto fresh = [] { return named(Key::generate(KeyType::p256).public_jwk(), "one"); };
  const auto told = refusal(jwks({Key::generate(KeyType::ed25519).public_jwk(), fresh(), fresh()}));
  EXPECT_EQ(told,
            "keys[1] (kid \"one\") and keys[2] (kid \"one\") of the JWK Set are different keys "
            "with the same kid");
  // Of two kinds, and of one kind for two algorithms.
  EXPECT_NE(refusal(jwks({fresh(), named(Key::generate(KeyType::ed25519).public_jwk(), "one")})),
            "");
  auto rsa = named(Key::generate_rsa().public_jwk(), "rsa");
  auto other = rsa;
  other["alg"] = "PS256";
  EXPECT_NE(refusal(jwks({rsa, other})), "");
}

// Wycheproof's rejectsDuplicateKid: the second of the two is no key at all.
TEST(KeyRing, J16_AFaultyKeyMustNotShareAKid) {
  const auto good = named(Key::generate(KeyType::p256).public_jwk(), "one");
  auto bad = named(Key::generate(KeyType::p256).public_jwk(), "one");
  bad["x"] = "AAAA";
  EXPECT_EQ(refusal(jwks({good, bad})),
            "keys[1] (kid \"one\") of the JWK Set is invalid and has the same kid as keys[0] (kid "
            "\"one\")");
  EXPECT_NE(refusal(jwks({bad, good})), "");
  bad["kid"] = "another";
  EXPECT_EQ(refusal(jwks({good, bad})), "");
}

// RFC 7517 section 5: one bad key among good ones is no reason to refuse the good ones.
TEST(KeyRing, BadKeysArePassedOverAndNamed) {
  const Key good = Key::generate(KeyType::p256);
  const auto with = [](const char* member, boost::json::value value) {
    auto jwk = named(Key::generate(KeyType::p256).public_jwk(), "bad\nkid");
    jwk[member] = std::move(value);
    return jwk;
  };
  const std::vector<boost::json::value> bad = {
      1,
      nullptr,
      boost::json::array{},
      boost::json::object{},
      with("x", "AAAA"),
      with("x", 1),
      with("y", "****"),
      with("alg", "ES384"),
      with("kty", 1),
      with("use", 1),
      with("key_ops", boost::json::array{"verify", "verify"}),
      with("kid", boost::json::string(129, 'k')),
      with("kid", 1),
      with("crv", nullptr),
      with("d", "AAAA"),
      boost::json::object{{"kty", "RSA"}, {"n", "AQAB"}, {"e", "AQAB"}},
      boost::json::object{{"kty", "oct"}, {"k", "c2hvcnQ"}, {"alg", "HS256"}}};
  for (const auto& entry : bad) {
    for (const bool first : {true, false}) {
      const auto one = boost::json::serialize(entry);
      const auto two = boost::json::serialize(good.public_jwk());
      const test::CapturedLog log;
      const auto ring = KeyRing::from_jwks(R"({"keys":[)" + (first ? one : two) + ',' +
                                           (first ? two : one) + "]}");
      ASSERT_EQ(ring.keys().size(), 1u) << one;
      EXPECT_EQ(ring.keys().front().kid(), good.kid()) << one;
      EXPECT_EQ(log.lines(), 1) << one << log.text();
      EXPECT_EQ(log.times(first ? "keys[0]" : "keys[1]"), 1) << one << log.text();
      const bool has_kid = one.find("bad\\nkid") != std::string::npos;
      EXPECT_EQ(log.times("kid \"bad?kid\""), has_kid ? 1 : 0) << one << log.text();
    }
    EXPECT_NE(refusal(R"({"keys":[)" + boost::json::serialize(entry) + "]}").find("keys[0]"),
              std::string::npos);
  }
}

// What a set holds for others is passed over without a word.
TEST(KeyRing, K06_UnknownEntriesArePassedOver) {
  const Key key = Key::generate(KeyType::p256);
  const auto with = [&](const char* name, boost::json::value value) {
    boost::json::object jwk = Key::generate(KeyType::p256).public_jwk();
    jwk[name] = std::move(value);
    return jwk;
  };
  const test::CapturedLog log;
  const KeyRing ring = KeyRing::from_jwks(
      jwks({with("kty", "AKP"), with("alg", "ECDH-ES"), with("crv", "P-224"), with("use", "enc"),
            with("key_ops", boost::json::array{"deriveKey"}), key.public_jwk()}));
  ASSERT_EQ(ring.keys().size(), 1u);
  EXPECT_EQ(ring.keys().front().kid(), key.kid());
  EXPECT_EQ(log.text(), "");

  EXPECT_THROW(KeyRing::from_jwks(jwks({with("use", "enc")})), InvalidKey) << "none is left";
  for (const auto* text :
       {"", "{}", "[]", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[],"keys":[]})"}) {
    EXPECT_THROW(KeyRing::from_jwks(text), InvalidKey) << text;
  }
}

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
