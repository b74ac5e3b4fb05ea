// What each algorithm is made of: the one table the rest of jose/ asks.
#pragma once

#include <webtool/jose/algorithm.hpp>

#include <optional>
#include <string_view>

#include "jose/sha2.hpp"

namespace webtool::jose {

enum class Scheme { hmac, rsa_pkcs1, rsa_pss, ecdsa, eddsa };

/// What a key is, as far as the choice of algorithm goes.
enum class KeyKind { secret, rsa, p256, p384, p521, secp256k1, ed25519, ed448 };

struct AlgorithmTraits {
  Algorithm algorithm;
  std::string_view name;
  Scheme scheme;
  Hash hash;                    ///< without meaning for EdDSA
  std::optional<KeyKind> kind;  ///< the only kind of key that fits; "EdDSA" leaves two
};

[[nodiscard]] const AlgorithmTraits& traits_of(Algorithm algorithm) noexcept;

[[nodiscard]] bool fits(Algorithm algorithm, KeyKind kind) noexcept;

/// The choice of `auto`; `bits` matters for secrets and RSA.
[[nodiscard]] Algorithm default_algorithm(KeyKind kind, std::size_t bits) noexcept;

}  // namespace webtool::jose
