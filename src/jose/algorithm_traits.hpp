// The properties of each algorithm, in one table for all of jose/.
#pragma once

#include <optional>
#include <string_view>

#include <webtool/jose/algorithm.hpp>

#include "jose/sha2.hpp"

namespace webtool::jose {

enum class Scheme { hmac, rsa_pkcs1, rsa_pss, ecdsa, eddsa };

/// The kind of a key. It determines which algorithms fit.
enum class KeyKind { secret, rsa, p256, p384, p521, secp256k1, ed25519, ed448 };

struct AlgorithmTraits {
  Algorithm algorithm;
  std::string_view name;
  Scheme scheme;
  Hash hash;                    ///< not used for EdDSA
  std::optional<KeyKind> kind;  ///< the only kind that fits; nullopt for "EdDSA", which fits two
};

[[nodiscard]] const AlgorithmTraits& traits_of(Algorithm algorithm) noexcept;

[[nodiscard]] bool fits(Algorithm algorithm, KeyKind kind) noexcept;

/// The default algorithm of a key. `bits` is used only for secrets and RSA.
[[nodiscard]] Algorithm default_algorithm(KeyKind kind, std::size_t bits) noexcept;

}  // namespace webtool::jose
