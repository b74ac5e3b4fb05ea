// Which keys are let in, whatever text they came from.
#include "jose/key_material.hpp"

#include <openssl/core_names.h>

#include <array>
#include <utility>

namespace webtool::jose {
namespace {

constexpr int min_rsa_bits = 2048;
constexpr int max_rsa_bits = 16384;

using ContextCheck = int (*)(EVP_PKEY_CTX*);

bool passes(EVP_PKEY* pkey, ContextCheck check) {
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey, nullptr));
  return context != nullptr && check(context.get()) == 1;
}

BignumPtr number_of(const EVP_PKEY* pkey, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(pkey, name, &number);
  return BignumPtr(number);
}

KeyKind inspect_rsa(const EVP_PKEY* pkey) {
  const int bits = EVP_PKEY_get_bits(pkey);
  if (bits < min_rsa_bits) throw InvalidKey("an RSA key of less than 2048 bits");
  if (bits > max_rsa_bits) throw InvalidKey("an RSA key of more than 16384 bits");
  const BignumPtr modulus = number_of(pkey, OSSL_PKEY_PARAM_RSA_N);
  const BignumPtr exponent = number_of(pkey, OSSL_PKEY_PARAM_RSA_E);
  if (!modulus || !exponent) throw InvalidKey("an RSA key without modulus or exponent");
  // OpenSSL verifies with no exponent of more than 64 bits once the modulus exceeds 3072.
  if (!BN_is_odd(exponent.get()) || BN_is_one(exponent.get()) || BN_num_bits(exponent.get()) > 64) {
    throw InvalidKey("an RSA key with an unsound public exponent");
  }
  if (!BN_is_odd(modulus.get()) || has_roca_fingerprint(modulus.get())) {
    throw InvalidKey("an RSA key with a modulus that can be factored");
  }
  return KeyKind::rsa;
}

KeyKind inspect_ec(EVP_PKEY* pkey, bool is_private) {
  static constexpr std::array<std::pair<std::string_view, KeyKind>, 4> curves{{
      {"prime256v1", KeyKind::p256},
      {"secp384r1", KeyKind::p384},
      {"secp521r1", KeyKind::p521},
      {"secp256k1", KeyKind::secp256k1},
  }};
  int explicit_curve = 0;
  EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit_curve);
  std::array<char, 64> group{};
  if (explicit_curve != 0 ||
      EVP_PKEY_get_group_name(pkey, group.data(), group.size(), nullptr) != 1) {
    throw InvalidKey("an EC key without a named curve");
  }
  for (const auto& [curve, kind] : curves) {
    if (curve != group.data()) continue;
    if (!passes(pkey, is_private ? EVP_PKEY_check : EVP_PKEY_public_check)) {
      throw InvalidKey("an EC key off its curve, or whose parts do not belong together");
    }
    return kind;
  }
  throw InvalidKey("an EC key on a curve no algorithm is for");
}

KeyKind kind_of(EVP_PKEY* pkey, bool is_private) {
  if (EVP_PKEY_is_a(pkey, "RSA") == 1) return inspect_rsa(pkey);
  if (EVP_PKEY_is_a(pkey, "EC") == 1) return inspect_ec(pkey, is_private);
  if (EVP_PKEY_is_a(pkey, "ED25519") == 1) return KeyKind::ed25519;
  if (EVP_PKEY_is_a(pkey, "ED448") == 1) return KeyKind::ed448;
  if (EVP_PKEY_is_a(pkey, "RSA-PSS") == 1) {
    throw InvalidKey("an RSASSA-PSS key; give a plain RSA key and the algorithm PS256 instead");
  }
  throw InvalidKey("a kind of key no algorithm is for");
}

}  // namespace

KeyMaterial inspect(PkeyPtr pkey, bool is_private) {
  KeyMaterial material;
  material.kind = kind_of(pkey.get(), is_private);
  material.bits = static_cast<std::size_t>(EVP_PKEY_get_bits(pkey.get()));
  material.pkey = std::move(pkey);
  material.is_private = is_private;
  return material;
}

}  // namespace webtool::jose
