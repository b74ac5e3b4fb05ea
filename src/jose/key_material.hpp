// The bytes and numbers of a key, as read from a PEM, a JWK or a secret, checked but not yet
// bound to an algorithm.
#pragma once

#include <webtool/core/secret.hpp>
#include <webtool/jose/key.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "jose/algorithm_traits.hpp"
#include "jose/openssl.hpp"

namespace webtool::jose {

struct KeyMaterial {
  KeyKind kind{};
  std::size_t bits = 0;
  Secret secret{};  ///< of a symmetric key
  PkeyPtr pkey{};   ///< of any other
  bool is_private = false;
};

/// Checks `pkey` and says what it is: a kind of key that JOSE signs with, of a sound size, its
/// point on its curve. Throws InvalidKey.
[[nodiscard]] KeyMaterial inspect(PkeyPtr pkey, bool is_private);

[[nodiscard]] KeyMaterial material_from_secret(std::string_view bytes);
/// Throws InvalidKey for a text that may be something else than a secret: key material in any
/// dress, or the name of a file.
void require_secret_text(std::string_view text);
/// True if `text` is a PEM in whatever dress, or would be but for damage.
[[nodiscard]] bool looks_like_pem(std::string_view text);
/// The key of a version 2 PKCS#8 structure; null for anything else. Throws InvalidKey where its
/// public part is not the private one's.
[[nodiscard]] PkeyPtr read_pkcs8_v2(std::string_view der);
[[nodiscard]] KeyMaterial material_from_pem(std::string_view pem, std::string_view password);
[[nodiscard]] std::string pem_of_private(EVP_PKEY* pkey, std::string_view password);
[[nodiscard]] std::string pem_of_public(EVP_PKEY* pkey);

/// A JWK and what it says about itself.
struct Jwk {
  KeyMaterial material{};
  std::optional<Algorithm> algorithm{};
  std::optional<std::string> kid{};
};
[[nodiscard]] Jwk material_from_jwk(const boost::json::object& jwk);
/// False for a key of a set that is for others: of a kind, curve or algorithm that is not known
/// here, or not for signatures. Throws InvalidKey where the JWK does not say what it is.
[[nodiscard]] bool is_signature_jwk(const boost::json::value& jwk);
/// The members RFC 7638 hashes: those that are needed, in the order of their names. For a secret,
/// this holds the secret.
[[nodiscard]] std::string thumbprint_text(const KeyMaterial& material);
/// The public members, without those that describe their use.
[[nodiscard]] boost::json::object public_members(const KeyMaterial& material);

/// True for an RSA modulus made by Infineon's faulty generator (CVE-2017-15361), which can be
/// factored.
[[nodiscard]] bool has_roca_fingerprint(const BIGNUM* modulus);

}  // namespace webtool::jose
