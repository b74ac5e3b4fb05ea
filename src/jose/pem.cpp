// PEM in and out (RFC 7468, RFC 5958).
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <array>
#include <cstring>

#include "jose/key_material.hpp"

namespace webtool::jose {
namespace {

constexpr std::string_view begin = "-----BEGIN";

// OWASP's figure for PBKDF2-HMAC-SHA256; OpenSSL's own default is 2048.
constexpr int pbkdf2_iterations = 600'000;

struct Password {
  std::string_view text;
  bool asked = false;
};

// Without a callback OpenSSL would ask at the terminal.
int give_password(char* buffer, int size, int /*writing*/, void* user) {
  auto& password = *static_cast<Password*>(user);
  password.asked = true;
  if (password.text.empty() || password.text.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, password.text.data(), password.text.size());
  return static_cast<int>(password.text.size());
}

BioPtr reader_of(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string contents_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

bool has_label(std::string_view block, std::string_view label) noexcept {
  block.remove_prefix(begin.size() + 1);
  return block.starts_with(label) && block.substr(label.size()).starts_with("-----");
}

// The one block of `pem` that holds a key. `openssl ecparam -genkey` puts the curve's parameters,
// which the key repeats, into a block in front.
std::string_view key_block(std::string_view pem) {
  if (pem.size() > 1'048'576) throw InvalidKey("a PEM of more than 1 MiB");
  std::size_t start = pem.find(begin);
  if (start == std::string_view::npos || pem.size() - start <= begin.size()) {
    throw InvalidKey("not a PEM");
  }
  if (has_label(pem.substr(start), "EC PARAMETERS")) {
    start = pem.find(begin, start + begin.size());
    if (start == std::string_view::npos) throw InvalidKey("a PEM without a key");
  }
  if (pem.find(begin, start + begin.size()) != std::string_view::npos) {
    throw InvalidKey("a PEM of more than one block; which key is meant cannot be told");
  }
  pem.remove_prefix(start);
  if (pem.size() <= begin.size()) throw InvalidKey("a damaged PEM");
  return pem;
}

bool is_private_block(std::string_view block) {
  for (const char* label :
       {"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"}) {
    if (has_label(block, label)) return true;
  }
  if (has_label(block, "PUBLIC KEY")) return false;
  throw InvalidKey("a PEM that is neither a PKCS#8, PKCS#1 or SEC1 private nor an SPKI public key");
}

}  // namespace

bool looks_like_pem(std::string_view text) noexcept {
  return text.find(begin) != std::string_view::npos;
}

KeyMaterial material_from_pem(std::string_view pem, std::string_view password) {
  const ErrorQueueScope errors;
  const std::string_view block = key_block(pem);
  const bool is_private = is_private_block(block);
  const BioPtr reader = reader_of(block);
  Password given{password};
  PkeyPtr pkey =
      adopt(is_private ? PEM_read_bio_PrivateKey(reader.get(), nullptr, give_password, &given)
                       : PEM_read_bio_PUBKEY(reader.get(), nullptr, give_password, &given));
  if (!pkey && given.asked) {
    throw InvalidKey(password.empty() ? "an encrypted PEM, and no password"
                                      : "an encrypted PEM, and not its password");
  }
  if (!pkey) throw InvalidKey("a damaged PEM, or a key of an unknown kind");
  return inspect(std::move(pkey), is_private);
}

std::string pem_of_private(EVP_PKEY* pkey, std::string_view password) {
  const ErrorQueueScope errors;
  const BioPtr out(BIO_new(BIO_s_mem()));
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreedBy<PKCS8_PRIV_KEY_INFO_free>> plain(
      EVP_PKEY2PKCS8(pkey));
  bool written = false;
  if (password.empty()) {
    written = plain && PEM_write_bio_PKCS8_PRIV_KEY_INFO(out.get(), plain.get()) == 1;
  } else {
    std::array<unsigned char, 16> salt;
    const bool salted = RAND_bytes(salt.data(), salt.size()) == 1;
    const std::unique_ptr<X509_SIG, FreedBy<X509_SIG_free>> sealed(
        plain && salted ? PKCS8_encrypt(-1, EVP_aes_256_cbc(), password.data(),
                                        static_cast<int>(password.size()), salt.data(), salt.size(),
                                        pbkdf2_iterations, plain.get())
                        : nullptr);
    written = sealed && PEM_write_bio_PKCS8(out.get(), sealed.get()) == 1;
  }
  if (!written) throw std::runtime_error("OpenSSL cannot write a private key");
  return contents_of(out.get());
}

std::string pem_of_public(EVP_PKEY* pkey) {
  const ErrorQueueScope errors;
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PUBKEY(out.get(), pkey) != 1) {
    throw std::runtime_error("OpenSSL cannot write a public key");
  }
  return contents_of(out.get());
}

}  // namespace webtool::jose
