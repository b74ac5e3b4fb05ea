#include <webtool/jose/algorithm.hpp>

#include <algorithm>
#include <array>

#include "jose/algorithm_traits.hpp"

namespace webtool::jose {
namespace {

constexpr std::array<AlgorithmTraits, 16> table{{
    {Algorithm::hs256, "HS256", Scheme::hmac, Hash::sha256, KeyKind::secret},
    {Algorithm::hs384, "HS384", Scheme::hmac, Hash::sha384, KeyKind::secret},
    {Algorithm::hs512, "HS512", Scheme::hmac, Hash::sha512, KeyKind::secret},
    {Algorithm::rs256, "RS256", Scheme::rsa_pkcs1, Hash::sha256, KeyKind::rsa},
    {Algorithm::rs384, "RS384", Scheme::rsa_pkcs1, Hash::sha384, KeyKind::rsa},
    {Algorithm::rs512, "RS512", Scheme::rsa_pkcs1, Hash::sha512, KeyKind::rsa},
    {Algorithm::ps256, "PS256", Scheme::rsa_pss, Hash::sha256, KeyKind::rsa},
    {Algorithm::ps384, "PS384", Scheme::rsa_pss, Hash::sha384, KeyKind::rsa},
    {Algorithm::ps512, "PS512", Scheme::rsa_pss, Hash::sha512, KeyKind::rsa},
    {Algorithm::es256, "ES256", Scheme::ecdsa, Hash::sha256, KeyKind::p256},
    {Algorithm::es384, "ES384", Scheme::ecdsa, Hash::sha384, KeyKind::p384},
    {Algorithm::es512, "ES512", Scheme::ecdsa, Hash::sha512, KeyKind::p521},
    {Algorithm::es256k, "ES256K", Scheme::ecdsa, Hash::sha256, KeyKind::secp256k1},
    {Algorithm::eddsa, "EdDSA", Scheme::eddsa, Hash::sha512, std::nullopt},
    {Algorithm::ed25519, "Ed25519", Scheme::eddsa, Hash::sha512, KeyKind::ed25519},
    {Algorithm::ed448, "Ed448", Scheme::eddsa, Hash::sha512, KeyKind::ed448},
}};

constexpr bool in_enum_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (static_cast<std::size_t>(table[i].algorithm) != i) return false;
  }
  return true;
}
static_assert(in_enum_order(), "traits_of looks up by position");

}  // namespace

const AlgorithmTraits& traits_of(Algorithm algorithm) noexcept {
  return table[static_cast<std::size_t>(algorithm)];
}

bool fits(Algorithm algorithm, KeyKind kind) noexcept {
  if (algorithm == Algorithm::eddsa) return kind == KeyKind::ed25519 || kind == KeyKind::ed448;
  return traits_of(algorithm).kind == kind;
}

Algorithm default_algorithm(KeyKind kind, std::size_t bits) noexcept {
  switch (kind) {
    case KeyKind::secret:
      return bits < 384 ? Algorithm::hs256 : bits < 512 ? Algorithm::hs384 : Algorithm::hs512;
    case KeyKind::rsa:
      return bits < 3072 ? Algorithm::rs256 : bits < 4096 ? Algorithm::rs384 : Algorithm::rs512;
    case KeyKind::p256:
      return Algorithm::es256;
    case KeyKind::p384:
      return Algorithm::es384;
    case KeyKind::p521:
      return Algorithm::es512;
    case KeyKind::secp256k1:
      return Algorithm::es256k;
    case KeyKind::ed25519:
    case KeyKind::ed448:
      break;
  }
  return Algorithm::eddsa;
}

std::string_view name(Algorithm algorithm) noexcept {
  return traits_of(algorithm).name;
}

std::optional<Algorithm> parse_algorithm(std::string_view name) noexcept {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [name](const AlgorithmTraits& row) { return row.name == name; });
  if (found == table.end()) return std::nullopt;
  return found->algorithm;
}

bool is_symmetric(Algorithm algorithm) noexcept {
  return traits_of(algorithm).scheme == Scheme::hmac;
}

}  // namespace webtool::jose
