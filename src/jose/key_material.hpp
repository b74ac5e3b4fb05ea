// The bytes and numbers of a key from a PEM, a JWK or a secret. They are checked, but not yet bound
// to an algorithm.
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

#include <webtool/core/secret.hpp>
#include <webtool/jose/key.hpp>

#include "jose/algorithm_traits.hpp"
#include "jose/openssl.hpp"

namespace webtool::jose {

struct KeyMaterial {
  KeyKind kind{};
  std::size_t bits = 0;
  Secret secret{};  ///< for a symmetric key
  PkeyPtr pkey{};   ///< for any other key
  bool is_private = false;
};

/// Checks and describes `pkey`. Throws InvalidKey unless JOSE has an algorithm for the kind of key,
/// its size is safe, and its point is on its curve.
[[nodiscard]] KeyMaterial inspect(PkeyPtr pkey, bool is_private);

[[nodiscard]] KeyMaterial material_from_secret(std::string_view bytes);
/// Throws InvalidKey if `text` may be key material in any form, or the name of a file, instead of a
/// secret.
void require_secret_text(std::string_view text);
/// True if `text` is a PEM in any form, even a damaged one.
[[nodiscard]] bool looks_like_pem(std::string_view text);
/// The key of a version 2 PKCS#8 structure, or null for other bytes. Throws InvalidKey if its
/// public part does not match its private part.
[[nodiscard]] PkeyPtr read_pkcs8_v2(std::string_view der);
[[nodiscard]] KeyMaterial material_from_pem(std::string_view pem, std::string_view password);
[[nodiscard]] std::string pem_of_private(EVP_PKEY* pkey, std::string_view password);
[[nodiscard]] std::string pem_of_public(EVP_PKEY* pkey);

/// The key of a JWK, with its `alg` and `kid`.
struct Jwk {
  KeyMaterial material{};
  std::optional<Algorithm> algorithm{};
  std::optional<std::string> kid{};
};
[[nodiscard]] Jwk material_from_jwk(const boost::json::object& jwk);
/// False for a key of a set that is not for signatures, or whose kind, curve or algorithm is not
/// supported. Throws InvalidKey if the JWK is not clear about these.
[[nodiscard]] bool is_signature_jwk(const boost::json::value& jwk);
/// The text that RFC 7638 hashes: the required members, in the order of their names. For a
/// symmetric key, the text contains the secret.
[[nodiscard]] std::string thumbprint_text(const KeyMaterial& material);
/// The public members, without `use`, `alg` and `kid`.
[[nodiscard]] boost::json::object public_members(const KeyMaterial& material);

/// True for an RSA modulus of Infineon's faulty generator (CVE-2017-15361). It can be factored.
[[nodiscard]] bool has_roca_fingerprint(const BIGNUM* modulus);

}  // namespace webtool::jose
