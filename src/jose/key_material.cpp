// Checks which keys are accepted, for every source of a key.
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

// True if the numbers of RFC 8017 §3.2 fit each other. OpenSSL's own check would also test the
// primes, which takes seconds for large keys. A key without factors has nothing to compare.
bool factors_fit(const EVP_PKEY* pkey, const BIGNUM* modulus, const BIGNUM* exponent) {
  const BignumPtr p = number_of(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1);
  const BignumPtr q = number_of(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2);
  if (!p || !q) return true;
  const std::unique_ptr<BN_CTX, FreedBy<BN_CTX_free>> scratch(BN_CTX_secure_new());
  const BignumPtr product(BN_secure_new());
  const BignumPtr less_one(BN_secure_new());
  if (BN_mul(product.get(), p.get(), q.get(), scratch.get()) != 1 ||
      BN_cmp(product.get(), modulus) != 0) {
    return false;
  }
  const auto inverse = [&](const BIGNUM* a, const char* b, const BIGNUM* modulo) {
    const BignumPtr other = number_of(pkey, b);
    return other && BN_mod_mul(product.get(), a, other.get(), modulo, scratch.get()) == 1 &&
           BN_is_one(product.get());
  };
  const auto inverse_below = [&](const BignumPtr& prime, const char* crt_exponent) {
    return BN_sub(less_one.get(), prime.get(), BN_value_one()) == 1 &&
           inverse(exponent, OSSL_PKEY_PARAM_RSA_D, less_one.get()) &&
           inverse(exponent, crt_exponent, less_one.get());
  };
  return inverse_below(p, OSSL_PKEY_PARAM_RSA_EXPONENT1) &&
         inverse_below(q, OSSL_PKEY_PARAM_RSA_EXPONENT2) &&
         inverse(q.get(), OSSL_PKEY_PARAM_RSA_COEFFICIENT1, p.get());
}

KeyKind inspect_rsa(const EVP_PKEY* pkey, bool is_private) {
  const int bits = EVP_PKEY_get_bits(pkey);
  if (bits < min_rsa_bits) throw InvalidKey("the RSA key has less than 2048 bits");
  if (bits > max_rsa_bits) throw InvalidKey("the RSA key has more than 16384 bits");
  const BignumPtr modulus = number_of(pkey, OSSL_PKEY_PARAM_RSA_N);
  const BignumPtr exponent = number_of(pkey, OSSL_PKEY_PARAM_RSA_E);
  if (!modulus || !exponent) throw InvalidKey("the RSA key has no modulus or no exponent");
  // If the modulus exceeds 3072 bits, OpenSSL does not verify with exponents of more than 64 bits.
  if (!BN_is_odd(exponent.get()) || BN_is_one(exponent.get()) || BN_num_bits(exponent.get()) > 64) {
    throw InvalidKey("the RSA key has an unsafe public exponent");
  }
  if (!BN_is_odd(modulus.get()) || has_roca_fingerprint(modulus.get())) {
    throw InvalidKey("the RSA key has a modulus that can be factored");
  }
  if (is_private && !factors_fit(pkey, modulus.get(), exponent.get())) {
    throw InvalidKey("the parts of the RSA key do not match");
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
    throw InvalidKey("the EC key has no named curve");
  }
  for (const auto& [curve, kind] : curves) {
    if (curve != group.data()) continue;
    if (!passes(pkey, is_private ? EVP_PKEY_check : EVP_PKEY_public_check)) {
      throw InvalidKey("the EC key is not on its curve, or its parts do not match");
    }
    return kind;
  }
  throw InvalidKey("no algorithm supports the curve of the EC key");
}

KeyKind kind_of(EVP_PKEY* pkey, bool is_private) {
  if (EVP_PKEY_is_a(pkey, "RSA") == 1) return inspect_rsa(pkey, is_private);
  if (EVP_PKEY_is_a(pkey, "EC") == 1) return inspect_ec(pkey, is_private);
  if (EVP_PKEY_is_a(pkey, "ED25519") == 1) return KeyKind::ed25519;
  if (EVP_PKEY_is_a(pkey, "ED448") == 1) return KeyKind::ed448;
  if (EVP_PKEY_is_a(pkey, "RSA-PSS") == 1) {
    throw InvalidKey(
        "RSASSA-PSS keys are not supported; give a plain RSA key and the algorithm PS256");
  }
  throw InvalidKey("no algorithm supports this kind of key");
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
