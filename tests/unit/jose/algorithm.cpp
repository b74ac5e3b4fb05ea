#include <webtool/jose/algorithm.hpp>

#include <gtest/gtest.h>

#include <array>

#include "jose/algorithm_traits.hpp"

namespace webtool::jose {
namespace {

constexpr std::array<std::string_view, 16> names{
    "HS256", "HS384", "HS512", "RS256", "RS384",  "RS512", "PS256",   "PS384",
    "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448"};

TEST(Algorithm, NamesAreThoseOfTheRegistry) {
  for (const auto text : names) {
    const auto algorithm = parse_algorithm(text);
    ASSERT_TRUE(algorithm) << text;
    EXPECT_EQ(name(*algorithm), text);
    EXPECT_EQ(is_symmetric(*algorithm), text.starts_with("HS"));
  }
}

// No other spelling, and no `none`.
TEST(Algorithm, NothingElseIsAName) {
  for (const std::string_view text :
       {std::string_view("none"), std::string_view("None"), std::string_view("hs256"),
        std::string_view("HS256 "), std::string_view("HS256\0", 6), std::string_view(""),
        std::string_view("ES521"), std::string_view("eddsa"), std::string_view("RSA1_5")}) {
    EXPECT_FALSE(parse_algorithm(text)) << text;
  }
}

TEST(Algorithm, DefaultGoesByTheKey) {
  EXPECT_EQ(default_algorithm(KeyKind::secret, 8 * 1), Algorithm::hs256);
  EXPECT_EQ(default_algorithm(KeyKind::secret, 8 * 47), Algorithm::hs256);
  EXPECT_EQ(default_algorithm(KeyKind::secret, 8 * 48), Algorithm::hs384);
  EXPECT_EQ(default_algorithm(KeyKind::secret, 8 * 63), Algorithm::hs384);
  EXPECT_EQ(default_algorithm(KeyKind::secret, 8 * 64), Algorithm::hs512);
  EXPECT_EQ(default_algorithm(KeyKind::rsa, 2048), Algorithm::rs256);
  EXPECT_EQ(default_algorithm(KeyKind::rsa, 3071), Algorithm::rs256);
  EXPECT_EQ(default_algorithm(KeyKind::rsa, 3072), Algorithm::rs384);
  EXPECT_EQ(default_algorithm(KeyKind::rsa, 4095), Algorithm::rs384);
  EXPECT_EQ(default_algorithm(KeyKind::rsa, 4096), Algorithm::rs512);
}

// The curve belongs to the algorithm.
TEST(Algorithm, FitsOneKindOfKeyOnly) {
  constexpr std::array kinds{KeyKind::secret, KeyKind::rsa,       KeyKind::p256,    KeyKind::p384,
                             KeyKind::p521,   KeyKind::secp256k1, KeyKind::ed25519, KeyKind::ed448};
  for (const auto text : names) {
    const Algorithm algorithm = *parse_algorithm(text);
    int fitting = 0;
    for (const KeyKind kind : kinds) fitting += fits(algorithm, kind);
    EXPECT_EQ(fitting, algorithm == Algorithm::eddsa ? 2 : 1) << text;
  }
  EXPECT_TRUE(fits(Algorithm::es256k, KeyKind::secp256k1));
  EXPECT_FALSE(fits(Algorithm::es256, KeyKind::secp256k1));
  EXPECT_FALSE(fits(Algorithm::ed25519, KeyKind::ed448));
}

}  // namespace
}  // namespace webtool::jose
