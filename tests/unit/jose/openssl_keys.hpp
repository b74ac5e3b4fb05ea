// Keys as other software writes them, sound and unsound, made afresh so that none is in the files.
#pragma once

#include <openssl/ec.h>
#include <openssl/encoder.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdexcept>
#include <string>

#include "jose/openssl.hpp"

namespace webtool::jose::testing {

inline PkeyPtr generated(EVP_PKEY* pkey) {
  if (pkey == nullptr) throw std::runtime_error("OpenSSL made no key");
  return adopt(pkey);
}

inline PkeyPtr rsa(std::size_t bits) {
  return generated(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits));
}
inline PkeyPtr ec(const char* curve) {
  return generated(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
}
inline PkeyPtr of_type(const char* type) {
  return generated(EVP_PKEY_Q_keygen(nullptr, nullptr, type));
}

inline PkeyPtr rsa_pss(int bits) {
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA-PSS", nullptr));
  EVP_PKEY* pkey = nullptr;
  EVP_PKEY_keygen_init(context.get());
  EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), bits);
  EVP_PKEY_keygen(context.get(), &pkey);
  return generated(pkey);
}

/// P-256, written out as numbers instead of by name.
inline PkeyPtr ec_with_explicit_curve() {
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* pkey = nullptr;
  EVP_PKEY_keygen_init(context.get());
  EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), NID_X9_62_prime256v1);
  EVP_PKEY_CTX_set_ec_param_enc(context.get(), OPENSSL_EC_EXPLICIT_CURVE);
  EVP_PKEY_keygen(context.get(), &pkey);
  return generated(pkey);
}

template <class Write>
std::string written(const Write& write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (write(bio.get()) != 1) throw std::runtime_error("OpenSSL wrote no key");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

inline std::string pkcs8_pem(const PkeyPtr& key) {
  return written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}
inline std::string spki_pem(const PkeyPtr& key) {
  return written([&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key.get()); });
}
/// PKCS#1 or SEC1, encrypted in the old way where there is a password.
inline std::string traditional_pem(const PkeyPtr& key, const std::string& password = {}) {
  return written([&](BIO* bio) {
    return PEM_write_bio_PrivateKey_traditional(
        bio, key.get(), password.empty() ? nullptr : EVP_aes_128_cbc(),
        reinterpret_cast<const unsigned char*>(password.data()), static_cast<int>(password.size()),
        nullptr, nullptr);
  });
}
/// `structure`: "SubjectPublicKeyInfo", "PrivateKeyInfo" or "type-specific"; `form`: PEM or DER.
inline std::string encoded(const PkeyPtr& key, int selection, const char* form,
                           const char* structure) {
  const std::unique_ptr<OSSL_ENCODER_CTX, FreedBy<OSSL_ENCODER_CTX_free>> context(
      OSSL_ENCODER_CTX_new_for_pkey(key.get(), selection, form, structure, nullptr));
  return written([&](BIO* bio) { return OSSL_ENCODER_to_bio(context.get(), bio); });
}

}  // namespace webtool::jose::testing
