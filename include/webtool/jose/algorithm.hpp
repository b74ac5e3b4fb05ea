// The supported signature algorithms of RFC 7518, RFC 8037 and RFC 8812. `none` is not one of them,
// so the types cannot express an unsigned token.
#pragma once

#include <optional>
#include <string_view>

namespace webtool::jose {

enum class Algorithm {
  hs256,
  hs384,
  hs512,
  rs256,
  rs384,
  rs512,
  ps256,
  ps384,
  ps512,
  es256,
  es384,
  es512,
  es256k,
  eddsa,    ///< "EdDSA" (RFC 8037): Ed25519 or Ed448, depending on the key's curve
  ed25519,  ///< "Ed25519" (RFC 9864), if a key is bound to that name
  ed448,    ///< "Ed448" (RFC 9864), if a key is bound to that name
};

/// The `alg` name, such as "ES256".
[[nodiscard]] std::string_view name(Algorithm algorithm) noexcept;

/// The algorithm with exactly this name (case matters), or nullopt.
[[nodiscard]] std::optional<Algorithm> parse_algorithm(std::string_view name) noexcept;

[[nodiscard]] bool is_symmetric(Algorithm algorithm) noexcept;

}  // namespace webtool::jose
