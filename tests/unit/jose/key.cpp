#include <webtool/jose/key.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace webtool::jose {
namespace {

std::string signature_of(const Key& key, std::string_view message) {
  std::string signature;
  key.sign(message, signature);
  return signature;
}

TEST(Key, GeneratesEveryKind) {
  struct Row {
    KeyType type;
    Algorithm algorithm;
    std::size_t signature_size;
  };
  for (const auto& [type, algorithm, size] :
       {Row{KeyType::ed25519, Algorithm::eddsa, 64}, Row{KeyType::ed448, Algorithm::eddsa, 114},
        Row{KeyType::p256, Algorithm::es256, 64}, Row{KeyType::p384, Algorithm::es384, 96},
        Row{KeyType::p521, Algorithm::es512, 132},
        Row{KeyType::secp256k1, Algorithm::es256k, 64}}) {
    const Key key = Key::generate(type);
    EXPECT_EQ(name(key.algorithm()), name(algorithm));
    EXPECT_FALSE(key.is_symmetric());
    const std::string signature = signature_of(key, "message");
    EXPECT_EQ(signature.size(), size);
    EXPECT_TRUE(key.verify("message", signature));
    EXPECT_FALSE(key.verify("message", signature.substr(1)));
    EXPECT_FALSE(key.verify("message", signature + '\0'));
    EXPECT_FALSE(key.verify("message", ""));
    EXPECT_FALSE(Key::generate(type).verify("message", signature));
  }
}

// Signatures are as long as the modulus, salts as long as the hash.
TEST(Key, J12_RsaUnderEveryAlgorithm) {
  const Key rsa = Key::generate_rsa();
  EXPECT_EQ(rsa.algorithm(), Algorithm::rs256);
  const std::array algorithms{Algorithm::rs256, Algorithm::rs384, Algorithm::rs512,
                              Algorithm::ps256, Algorithm::ps384, Algorithm::ps512};
  for (const Algorithm algorithm : algorithms) {
    const Key key = rsa.with_algorithm(algorithm);
    EXPECT_EQ(key.kid(), rsa.kid());
    const std::string signature = signature_of(key, "message");
    EXPECT_EQ(signature.size(), 256u);
    for (const Algorithm other : algorithms) {
      EXPECT_EQ(rsa.with_algorithm(other).verify("message", signature), other == algorithm)
          << name(algorithm) << " as " << name(other);
    }
    EXPECT_FALSE(key.verify("message", '\0' + signature));
    EXPECT_FALSE(key.verify("message", signature.substr(0, 255)));
  }
}

// RSA by size, as documented.
TEST(Key, U16_LargerRsaTakesALargerHash) {
  EXPECT_EQ(Key::generate_rsa(3072).algorithm(), Algorithm::rs384);
}

TEST(Key, RsaSizesOutsideTheBoundsAreRefused) {
  EXPECT_THROW((void)Key::generate_rsa(2047), InvalidKey);
  EXPECT_THROW((void)Key::generate_rsa(1024), InvalidKey);
  EXPECT_THROW((void)Key::generate_rsa(16385), InvalidKey);
}

TEST(Key, ExplicitAlgorithmMustFit) {
  const Key key = Key::generate(KeyType::p256);
  EXPECT_NO_THROW((void)key.with_algorithm(Algorithm::es256));
  for (const Algorithm other : {Algorithm::es384, Algorithm::es256k, Algorithm::hs256,
                                Algorithm::rs256, Algorithm::ps256, Algorithm::eddsa}) {
    EXPECT_THROW((void)key.with_algorithm(other), InvalidKey) << name(other);
    EXPECT_THROW((void)Key::load(key.private_pem(), {.algorithm = other}), InvalidKey);
  }
  const Key secret = Key::generate_symmetric();
  EXPECT_EQ(secret.with_algorithm(Algorithm::hs256).algorithm(), Algorithm::hs256);
  EXPECT_THROW((void)secret.with_algorithm(Algorithm::eddsa), InvalidKey);
}

// The curve's own name, when a key is pinned to it.
TEST(Key, J14_EdwardsNames) {
  const Key key = Key::generate(KeyType::ed25519);
  const Key pinned = key.with_algorithm(Algorithm::ed25519);
  EXPECT_EQ(name(key.algorithm()), "EdDSA");
  EXPECT_EQ(name(pinned.algorithm()), "Ed25519");
  EXPECT_TRUE(pinned.verify("message", signature_of(key, "message")));
  EXPECT_THROW((void)key.with_algorithm(Algorithm::ed448), InvalidKey);
  EXPECT_EQ(Key::generate(KeyType::ed448).with_algorithm(Algorithm::ed448).algorithm(),
            Algorithm::ed448);
}

TEST(Key, SignAppends) {
  std::string out = "head.";
  const Key key = Key::generate_symmetric(32);
  key.sign("message", out);
  EXPECT_EQ(out.size(), 5u + 32u);
  EXPECT_TRUE(key.verify("message", std::string_view(out).substr(5)));
}

// The whole tag and nothing else.
TEST(Key, J13_TruncatedTagsAreRefused) {
  const Key key = Key::generate_symmetric();
  const std::string tag = signature_of(key, "message");
  ASSERT_EQ(tag.size(), 64u);
  for (std::size_t size = 0; size < tag.size(); ++size) {
    EXPECT_FALSE(key.verify("message", tag.substr(0, size)));
  }
}

TEST(Key, EveryFlippedBitIsSeen) {
  for (const Key& key :
       {Key::generate_symmetric(), Key::generate(KeyType::ed25519), Key::generate(KeyType::p256)}) {
    const std::string signature = signature_of(key, "message");
    for (std::size_t bit = 0; bit < 8 * signature.size(); bit += 7) {
      std::string other = signature;
      other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
      EXPECT_FALSE(key.verify("message", other)) << name(key.algorithm()) << " bit " << bit;
    }
  }
}

TEST(Key, MessagesOfAnyLength) {
  for (const Key& key :
       {Key::generate_symmetric(), Key::generate(KeyType::ed25519), Key::generate(KeyType::p256)}) {
    for (const std::size_t size : {0u, 1u, 55u, 56u, 63u, 64u, 111u, 112u, 128u, 1000u}) {
      const std::string message(size, 'm');
      EXPECT_TRUE(key.verify(message, signature_of(key, message)));
    }
  }
}

// More keys than a thread keeps contexts for, alive and gone.
TEST(Key, ManyKeysInOneThread) {
  std::vector<Key> keys;
  std::vector<std::string> signatures;
  for (int i = 0; i < 40; ++i) {
    keys.push_back(Key::generate(i % 2 == 0 ? KeyType::p256 : KeyType::ed25519));
    signatures.push_back(signature_of(keys.back(), "message"));
  }
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      for (std::size_t j = 0; j < keys.size(); j += 7) {
        EXPECT_EQ(keys[i].verify("message", signatures[j]), i == j);
      }
    }
    keys.resize(20, keys.front());
    signatures.resize(20);
  }
}

}  // namespace
}  // namespace webtool::jose
