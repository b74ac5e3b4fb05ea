#include <gtest/gtest.h>
#include <webtool/jose/compact.hpp>

#include <algorithm>
#include <string>

#include "support/captured_log.hpp"
#include "unit/jose/forge.hpp"
#include "unit/jose/openssl_keys.hpp"

namespace webtool::jose {
namespace {

using namespace testing;
using test::CapturedLog;

std::string refusal(std::string_view text) {
  try {
    (void)Key::load(text);
  } catch (const InvalidKey& error) {
    return error.what();
  }
  return "";
}

TEST(KeyFromSecret, U10_EmptyIsRefused) {
  EXPECT_NE(refusal(""), "");
  EXPECT_THROW((void)Key::from_secret(""), InvalidKey);
  EXPECT_THROW((void)KeyRing(""), InvalidKey);
}

// The documents' own secret works, and the log says once what it is worth.
TEST(KeyFromSecret, U11_ShortWorksWithOneWarning) {
  const CapturedLog log;
  const Key key = Key::load("hunter12");
  EXPECT_EQ(key.algorithm(), Algorithm::hs256);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(judge(key, sign_compact(key, "", "payload")));
  }
  EXPECT_EQ(log.lines(), 1);
  EXPECT_NE(log.text().find("8 bytes"), std::string::npos);
  EXPECT_EQ(log.text().find("hunter12"), std::string::npos);
}

// What RFC 7518 §3.2 asks for is not warned about.
TEST(KeyFromSecret, J13_LongEnoughIsSilent) {
  const CapturedLog log;
  (void)Key::load(std::string(32, 'x'));
  (void)Key::load(std::string(48, 'x'));
  (void)Key::load(std::string(64, 'x'));
  EXPECT_EQ(log.lines(), 0);
  (void)Key::from_secret(std::string(32, 'x'), {.algorithm = Algorithm::hs512});
  EXPECT_EQ(log.lines(), 1);
}

TEST(KeyFromSecret, AlgorithmGoesByLength) {
  EXPECT_EQ(Key::load(std::string(47, 'x')).algorithm(), Algorithm::hs256);
  EXPECT_EQ(Key::load(std::string(48, 'x')).algorithm(), Algorithm::hs384);
  EXPECT_EQ(Key::load(std::string(63, 'x')).algorithm(), Algorithm::hs384);
  EXPECT_EQ(Key::load(std::string(64, 'x')).algorithm(), Algorithm::hs512);
  EXPECT_EQ(Key::load(std::string(64, 'x'), {.algorithm = Algorithm::hs256}).algorithm(),
            Algorithm::hs256);
  EXPECT_THROW((void)Key::load("secret", {.algorithm = Algorithm::es256}), InvalidKey);
}

TEST(KeyFromSecret, KeysLongerThanABlockAreHashed) {
  for (const std::size_t size : {64u, 65u, 128u, 129u, 1000u}) {
    const Key key = Key::from_secret(std::string(size, 'x'), {.algorithm = Algorithm::hs256});
    std::string tag;
    key.sign("message", tag);
    EXPECT_TRUE(key.verify("message", tag)) << size;
    EXPECT_EQ(tag.size(), 32u);
  }
}

// A text that is a PEM is a PEM, whoever holds it.
TEST(KeyFromSecret, K05_APemIsNeverASecret) {
  const Key key = Key::generate(KeyType::p256);
  EXPECT_EQ(Key::load(key.public_pem()).algorithm(), Algorithm::es256);
  EXPECT_EQ(Key::load("  \n" + key.public_pem()).algorithm(), Algorithm::es256);
  EXPECT_THROW((void)Key::from_secret(key.public_pem()), InvalidKey);
  EXPECT_NE(refusal("-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----\n"), "");
  EXPECT_NE(refusal("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "");
  EXPECT_NE(refusal("-----BEGIN"), "");
}

// CVE-2022-29217: public key texts are known to everybody.
TEST(KeyFromSecret, J08_NoFormOfAPublicKeyIsASecret) {
  const PkeyPtr rsa_key = rsa(2048);
  for (const auto& pkey : {rsa_key, ec("P-256"), of_type("ED25519"), of_type("X25519")}) {
    EXPECT_NE(refusal(encoded(pkey, EVP_PKEY_PUBLIC_KEY, "DER", "SubjectPublicKeyInfo")), "");
    EXPECT_NE(refusal(encoded(pkey, EVP_PKEY_KEYPAIR, "DER", "PrivateKeyInfo")), "");
  }
  EXPECT_NE(refusal(encoded(rsa_key, EVP_PKEY_PUBLIC_KEY, "DER", "type-specific")), "");
  EXPECT_NE(refusal(encoded(rsa_key, EVP_PKEY_KEYPAIR, "DER", "type-specific")), "");

  const std::string blob = "AAAAC3NzaC1lZDI1NTE5AAAAIGfMkw9gjJn1jYhYkEmcnRgT7d+EvJUfWQ0R6d1Qk3Zk";
  EXPECT_NE(refusal("ssh-ed25519 " + blob + " me@example.com"), "");
  EXPECT_NE(refusal("\nssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 me@example.com"), "");
  EXPECT_NE(refusal("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY="), "");

  EXPECT_NE(
      refusal(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"),
      "");
  EXPECT_NE(refusal(R"( { "keys" : [] } )"), "");
}

TEST(KeyFromSecret, RandomBytesAreSecretsEvenWhereTheyBeginLikeDer) {
  EXPECT_EQ(refusal(std::string("\x30\x03\x02\x01\x05", 5)), "");
  EXPECT_EQ(refusal("\x30 and then text that is no key at all"), "");
  EXPECT_EQ(refusal("{curly}, and kty too"), "");
  EXPECT_EQ(refusal("ssh-rsa is not what this is"), "");
}

TEST(KeyFromSecret, HasNoPublicPart) {
  const Key key = Key::generate_symmetric();
  EXPECT_THROW((void)key.public_pem(), InvalidKey);
  EXPECT_THROW((void)key.public_jwk(), InvalidKey);
  EXPECT_THROW((void)key.private_pem(), InvalidKey);
}

TEST(KeyGenerateSymmetric, SizesAndDifference) {
  EXPECT_EQ(Key::generate_symmetric(32).algorithm(), Algorithm::hs256);
  EXPECT_EQ(Key::generate_symmetric().algorithm(), Algorithm::hs512);
  EXPECT_NE(Key::generate_symmetric().kid(), Key::generate_symmetric().kid());
  EXPECT_THROW((void)Key::generate_symmetric(31), InvalidKey);
}

// Shortened so that a guessed secret cannot be confirmed by it in full.
TEST(KeyFromSecret, K02_KidIsAShortenedThumbprint) {
  EXPECT_EQ(Key::load(std::string(32, 'a')).kid(), Key::load(std::string(32, 'a')).kid());
  EXPECT_NE(Key::load(std::string(32, 'a')).kid(), Key::load(std::string(32, 'b')).kid());
  EXPECT_EQ(Key::load(std::string(32, 'a')).kid().size(), 22u);
}

}  // namespace
}  // namespace webtool::jose
