// Symmetric secrets, and what must never be taken for one: a public key is known to everybody, so
// a service that used its text as an HMAC secret would accept anybody's tokens (CVE-2022-29217).
#include <openssl/decoder.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "jose/key_material.hpp"

namespace webtool::jose {
namespace {

std::string_view without_leading_space(std::string_view text) noexcept {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

bool is_der_key(std::string_view bytes) {
  if (!bytes.starts_with('\x30')) return false;
  const ErrorQueueScope errors;
  EVP_PKEY* pkey = nullptr;
  const std::unique_ptr<OSSL_DECODER_CTX, FreedBy<OSSL_DECODER_CTX_free>> decoder(
      OSSL_DECODER_CTX_new_for_pkey(&pkey, "DER", nullptr, nullptr, 0, nullptr, nullptr));
  const unsigned char* at = bytes_of(bytes);
  std::size_t size = bytes.size();
  const bool decoded = decoder && OSSL_DECODER_from_data(decoder.get(), &at, &size) == 1;
  const PkeyPtr owned = adopt(pkey);
  if (decoded) return true;

  const auto length = static_cast<long>(bytes.size());
  at = bytes_of(bytes);
  const std::unique_ptr<X509, FreedBy<X509_free>> certificate(d2i_X509(nullptr, &at, length));
  at = bytes_of(bytes);
  const std::unique_ptr<X509_SIG, FreedBy<X509_SIG_free>> encrypted(
      d2i_X509_SIG(nullptr, &at, length));
  return certificate || encrypted;
}

bool is_ssh_key(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 5> starts{"ssh-rsa ", "ssh-dss ", "ssh-ed25519 ",
                                                   "ecdsa-sha2-", "sk-"};
  return std::any_of(starts.begin(), starts.end(), [text](std::string_view start) {
    return text.starts_with(start) && text.find(" AAAA") != std::string_view::npos;
  });
}

bool is_jwk(std::string_view text) noexcept {
  return text.starts_with('{') && (text.find("\"kty\"") != std::string_view::npos ||
                                   text.find("\"keys\"") != std::string_view::npos);
}

}  // namespace

KeyMaterial material_from_secret(std::string_view bytes) {
  if (bytes.empty()) throw InvalidKey("an empty secret");
  if (looks_like_pem(bytes)) throw InvalidKey("a PEM is not a secret; use from_pem");
  const std::string_view text = without_leading_space(bytes);
  if (is_jwk(text)) throw InvalidKey("a JWK is not a secret; use from_jwk");
  if (is_ssh_key(text)) throw InvalidKey("an SSH key is not a secret; convert it to PEM");
  if (is_der_key(bytes)) throw InvalidKey("a DER key is not a secret; convert it to PEM");
  KeyMaterial material;
  material.kind = KeyKind::secret;
  material.bits = bytes.size() * 8;
  material.secret = Secret(bytes);
  material.is_private = true;
  return material;
}

}  // namespace webtool::jose
