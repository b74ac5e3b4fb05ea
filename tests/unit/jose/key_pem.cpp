#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>
#include <webtool/jose/base64url.hpp>
#include <webtool/jose/key.hpp>

#include <string>

#include "unit/jose/openssl_keys.hpp"

namespace webtool::jose {
namespace {

using namespace testing;

const PkeyPtr& rsa_2048() {
  static const PkeyPtr key = rsa(2048);
  return key;
}

void expect_signs(const Key& key, Algorithm algorithm) {
  EXPECT_EQ(name(key.algorithm()), name(algorithm));
  ASSERT_TRUE(key.can_sign());
  std::string signature;
  key.sign("message", signature);
  EXPECT_TRUE(key.verify("message", signature));
  EXPECT_FALSE(key.verify("massage", signature));
}

std::string refusal(const std::string& pem, const KeyOptions& options = {}) {
  try {
    (void)Key::from_pem(pem, options);
  } catch (const InvalidKey& error) {
    return error.what();
  }
  return "";
}

TEST(KeyFromPem, EveryKindAndItsAlgorithm) {
  expect_signs(Key::from_pem(pkcs8_pem(rsa_2048())), Algorithm::rs256);
  expect_signs(Key::from_pem(pkcs8_pem(ec("P-256"))), Algorithm::es256);
  expect_signs(Key::from_pem(pkcs8_pem(ec("P-384"))), Algorithm::es384);
  expect_signs(Key::from_pem(pkcs8_pem(ec("P-521"))), Algorithm::es512);
  expect_signs(Key::from_pem(pkcs8_pem(ec("secp256k1"))), Algorithm::es256k);
  expect_signs(Key::from_pem(pkcs8_pem(of_type("ED25519"))), Algorithm::eddsa);
  expect_signs(Key::from_pem(pkcs8_pem(of_type("ED448"))), Algorithm::eddsa);
}

TEST(KeyFromPem, TraditionalForms) {
  expect_signs(Key::from_pem(traditional_pem(rsa_2048())), Algorithm::rs256);
  const PkeyPtr curve_key = ec("P-256");
  expect_signs(Key::from_pem(traditional_pem(curve_key)), Algorithm::es256);
  // As `openssl ecparam -genkey` writes it.
  const std::string parameters =
      written([&](BIO* bio) { return PEM_write_bio_Parameters(bio, curve_key.get()); });
  ASSERT_TRUE(parameters.starts_with("-----BEGIN EC PARAMETERS-----"));
  expect_signs(Key::from_pem(parameters + traditional_pem(curve_key)), Algorithm::es256);
  EXPECT_NE(refusal(parameters), "");
}

TEST(KeyFromPem, PublicKeyVerifiesOnly) {
  for (const auto& pkey : {rsa_2048(), ec("P-256"), of_type("ED25519")}) {
    const Key secret = Key::from_pem(pkcs8_pem(pkey));
    const Key open = Key::from_pem(spki_pem(pkey));
    EXPECT_FALSE(open.can_sign());
    EXPECT_EQ(open.kid(), secret.kid());
    std::string signature;
    secret.sign("message", signature);
    EXPECT_TRUE(open.verify("message", signature));
    EXPECT_THROW(open.sign("message", signature), std::logic_error);
    EXPECT_THROW((void)open.private_pem(), InvalidKey);
    EXPECT_EQ(open.public_pem(), secret.public_pem());
  }
}

TEST(KeyFromPem, K03_EncryptedWithPassword) {
  const Key key = Key::generate(KeyType::ed25519);
  const std::string pem = key.private_pem("open sesame");
  EXPECT_TRUE(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
  EXPECT_EQ(Key::from_pem(pem, {.password = "open sesame"}).kid(), key.kid());
  EXPECT_EQ(Key::load(pem, {.password = "open sesame"}).kid(), key.kid());
  EXPECT_NE(refusal(pem).find("give its password"), std::string::npos);
  EXPECT_NE(
      refusal(pem, {.password = "open barley"}).find("password of the encrypted PEM is wrong"),
      std::string::npos);

  const std::string old = traditional_pem(rsa_2048(), "open sesame");
  ASSERT_NE(old.find("Proc-Type: 4,ENCRYPTED"), std::string::npos);
  EXPECT_TRUE(Key::from_pem(old, {.password = "open sesame"}).can_sign());
  EXPECT_NE(refusal(old).find("give its password"), std::string::npos);
}

TEST(KeyFromPem, PasswordOfAnUnencryptedPemIsIgnored) {
  EXPECT_TRUE(Key::from_pem(pkcs8_pem(ec("P-256")), {.password = "superfluous"}).can_sign());
}

TEST(KeyFromPem, PrivatePemRoundTrip) {
  const Key key = Key::from_pem(pkcs8_pem(rsa_2048()));
  EXPECT_TRUE(key.private_pem().starts_with("-----BEGIN PRIVATE KEY-----"));
  EXPECT_EQ(Key::from_pem(key.private_pem()).private_pem(), key.private_pem());
}

// Also the PEM the original took as it was
TEST(KeyFromPem, J12_UnsoundRsaIsRefused) {
  EXPECT_NE(refusal(pkcs8_pem(rsa(1024))), "");
  EXPECT_NE(refusal(spki_pem(rsa(2040))), "");
  EXPECT_NE(refusal(pkcs8_pem(rsa_pss(2048))).find("PS256"), std::string::npos);
}

TEST(KeyFromPem, KindsNoAlgorithmIsFor) {
  EXPECT_NE(refusal(pkcs8_pem(ec("P-224"))), "");
  EXPECT_NE(refusal(pkcs8_pem(ec("brainpoolP256r1"))), "");
  EXPECT_NE(refusal(pkcs8_pem(of_type("X25519"))), "");
  EXPECT_NE(refusal(spki_pem(of_type("X448"))), "");
  EXPECT_NE(refusal(pkcs8_pem(ec_with_explicit_curve())), "");
  EXPECT_NE(refusal(spki_pem(ec_with_explicit_curve())), "");
  EXPECT_NE(refusal(encoded(rsa_2048(), EVP_PKEY_PUBLIC_KEY, "PEM", "type-specific")), "");
  EXPECT_NE(refusal("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "");
}

TEST(KeyFromPem, WhichKeyIsMeantMustBeClear) {
  const std::string pem = pkcs8_pem(ec("P-256"));
  EXPECT_NE(refusal(pem + pem), "");
  EXPECT_NE(refusal(spki_pem(ec("P-256")) + pem), "");
  EXPECT_EQ(refusal("A comment in front\n" + pem + "and one behind"), "");
}

TEST(KeyFromPem, DamageIsRefused) {
  const std::string pem = pkcs8_pem(ec("P-256"));
  for (std::size_t size = 0; size + 2 < pem.size(); ++size) {
    EXPECT_NE(refusal(pem.substr(0, size)), "") << size;
  }
  std::string other = pem;
  other[pem.size() / 2] = other[pem.size() / 2] == 'A' ? 'B' : 'A';
  const std::string text = refusal(other);  // may by chance still be a key
  EXPECT_EQ(text.find(pem.substr(40, 20)), std::string::npos) << "the fault must not name the key";
}

TEST(KeyFromPem, LeavesNoErrorBehind) {
  (void)refusal("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  EXPECT_EQ(ERR_peek_error(), 0u);
  const Key key = Key::generate(KeyType::p256);
  EXPECT_FALSE(key.verify("message", std::string(64, '\x01')));
  EXPECT_FALSE(Key::generate(KeyType::ed25519).verify("message", std::string(64, '\x01')));
  EXPECT_FALSE(Key::from_pem(spki_pem(rsa_2048())).verify("message", std::string(256, '\x01')));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

// RFC 5958 with the public key, in both spellings of [1]; ring writes the second one. The seed and
// the public key are those of RFC 8410 section 10.3.
TEST(KeyFromPem, Pkcs8OfVersion2IsRead) {
  const std::string rfc =
      "-----BEGIN PRIVATE KEY-----\n"
      "MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
      "oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\n"
      "Z9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PRIVATE KEY-----\n";
  const Key key = Key::load(rfc);
  EXPECT_TRUE(key.can_sign());
  EXPECT_EQ(key.algorithm(), Algorithm::eddsa);
  EXPECT_EQ(std::string(key.public_jwk().at("x").as_string()),
            "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE");

  const auto pem_of = [&](std::string_view tail) {
    const auto seed = *base64url_decode("1O5y2_kTWErVttjx92n4rTr-fCjL8dT74Jeoj0R1WEI");
    std::string body("\x02\x01\x01\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 14);
    body.append(seed).append(tail);
    std::string der = std::string("\x30") + static_cast<char>(body.size()) + body;
    std::string text(200, '\0');
    text.resize(static_cast<std::size_t>(EVP_EncodeBlock(
        bytes_of(text), bytes_of(std::string_view(der)), static_cast<int>(der.size()))));
    return "-----BEGIN PRIVATE KEY-----\n" + text + "\n-----END PRIVATE KEY-----\n";
  };
  const auto pub = *base64url_decode("Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE");
  EXPECT_EQ(Key::load(pem_of(std::string("\xa1\x23\x03\x21\0", 5) + pub)).kid(), key.kid());
  EXPECT_EQ(Key::load(pem_of(std::string("\x81\x21\0", 3) + pub)).kid(), key.kid());
  EXPECT_THROW((void)Key::load(pem_of(std::string("\x81\x21\0", 3) + std::string(32, 'x'))),
               InvalidKey);
  EXPECT_THROW((void)Key::load(pem_of(std::string("\x81\x21\0", 3))), InvalidKey);
}

TEST(KeyFromPem, WhatIsNotReadIsNamedByItsLabel) {
  for (const std::string label : {"CERTIFICATE", "RSA PUBLIC KEY", "OPENSSH PRIVATE KEY",
                                  "CERTIFICATE REQUEST", "PGP PUBLIC KEY BLOCK"}) {
    const std::string pem =
        "-----BEGIN " + label + "-----\nMAMCAQE=\n-----END " + label + "-----\n";
    EXPECT_NE(refusal(pem).find('"' + label + '"'), std::string::npos) << refusal(pem);
  }
}

}  // namespace
}  // namespace webtool::jose
