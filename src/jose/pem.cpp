// Reads and writes PEM (RFC 7468, RFC 5958).
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "jose/jwk_members.hpp"
#include "jose/key_material.hpp"
#include "jose/secret_text.hpp"

namespace webtool::jose {
namespace {

constexpr std::string_view begin = "-----BEGIN";

// OWASP's recommendation for PBKDF2-HMAC-SHA256. OpenSSL's default is 2048.
constexpr int pbkdf2_iterations = 600'000;

struct Password {
  std::string_view text;
  bool asked = false;
};

// Without a callback, OpenSSL would ask for the password at the terminal.
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

// Returns "PUBLIC KEY" for "-----BEGIN PUBLIC KEY-----", or an empty text if the line is damaged.
std::string_view label_of(std::string_view block) noexcept {
  block.remove_prefix(std::min(block.size(), begin.size() + 1));
  const std::size_t end = block.find("-----");
  return end == std::string_view::npos || end > 64 ? std::string_view() : block.substr(0, end);
}

// The only block of `pem` that contains a key. `openssl ecparam -genkey` writes a block with the
// curve's parameters before the key. The key repeats them, so that block is skipped.
std::string_view key_block(std::string_view pem) {
  if (pem.size() > 1'048'576) throw InvalidKey("the PEM is larger than 1 MiB");
  std::size_t start = pem.find(begin);
  if (start == std::string_view::npos) throw InvalidKey("the text is not a PEM");
  if (label_of(pem.substr(start)) == "EC PARAMETERS") {
    start = pem.find(begin, start + begin.size());
    if (start == std::string_view::npos) throw InvalidKey("the PEM contains no key");
  }
  if (pem.find(begin, start + begin.size()) != std::string_view::npos) {
    throw InvalidKey("the PEM has more than one block; give a PEM with one key");
  }
  pem.remove_prefix(start);
  if (label_of(pem).empty()) throw InvalidKey("the PEM is damaged");
  return pem;
}

// The error for an unsupported label, with a command that converts the key.
std::string refusal_of(std::string_view label) {
  const auto cure = [&]() -> const char* {
    if (label.ends_with("CERTIFICATE"))
      return "extract the public key with: openssl x509 -pubkey -noout";
    if (label == "RSA PUBLIC KEY") return "convert it with: openssl rsa -RSAPublicKey_in -pubout";
    if (label == "OPENSSH PRIVATE KEY") return "convert it with: ssh-keygen -p -m PKCS8 -f FILE";
    if (label.ends_with("CERTIFICATE REQUEST"))
      return "extract the public key with: openssl req -pubkey -noout";
    return "give a PKCS#8, PKCS#1 or SEC1 private key, or an SPKI public key";
  };
  std::string name;
  for (const char c : label) name += c >= ' ' && c < '\x7f' ? c : '?';
  return "the PEM label \"" + name + "\" is not supported; " + cure();
}

bool is_private_label(std::string_view label) {
  for (const std::string_view known :
       {"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"}) {
    if (label == known) return true;
  }
  if (label == "PUBLIC KEY") return false;
  throw InvalidKey(refusal_of(label));
}

// Restores the line end after every 64 characters, which OpenSSL requires. The text may have lost
// its line ends (one line, blanks for line ends). A block with header fields is not changed,
// because its line ends have a meaning.
std::string rewrapped(std::string_view block) {
  const std::string_view label = label_of(block);
  const std::size_t start = begin.size() + 1 + label.size() + 5;
  const std::string last = "-----END " + std::string(label) + "-----";
  const std::size_t end = block.find(last, start);
  const std::string_view body = block.substr(start, end - start);
  if (end == std::string_view::npos || body.find(':') != std::string_view::npos)
    return std::string(block);
  std::string out(block.substr(0, start));
  std::size_t column = 0;
  for (const char c : body) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
    if (column++ % 64 == 0) out += '\n';
    out += c;
  }
  return out.append("\n").append(last).append("\n");
}

// True if OpenSSL's last error is an unknown cipher or an unknown way to derive a key from a
// password.
bool cipher_is_unknown() noexcept {
  for (unsigned long error = ERR_get_error(); error != 0; error = ERR_get_error()) {
    const int reason = ERR_GET_REASON(error);
    if (reason == ERR_R_UNSUPPORTED || reason == ERR_R_FETCH_FAILED) return true;
    if (ERR_GET_LIB(error) == ERR_LIB_PEM &&
        (reason == PEM_R_UNSUPPORTED_ENCRYPTION || reason == PEM_R_UNSUPPORTED_CIPHER))
      return true;
    if (ERR_GET_LIB(error) == ERR_LIB_EVP &&
        (reason == EVP_R_UNSUPPORTED_ALGORITHM || reason == EVP_R_UNKNOWN_PBE_ALGORITHM ||
         reason == EVP_R_UNSUPPORTED_CIPHER || reason == EVP_R_UNKNOWN_CIPHER))
      return true;
  }
  return false;
}

PkeyPtr read_version_2(std::string_view block) {
  const BioPtr reader = reader_of(block);
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(reader.get(), &label, &header, &data, &size) != 1) return nullptr;
  const Wiped der(std::string(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)));
  OPENSSL_free(label);
  OPENSSL_free(header);
  OPENSSL_clear_free(data, static_cast<std::size_t>(size));
  return read_pkcs8_v2(der.bytes);
}

}  // namespace

bool looks_like_pem(std::string_view text) {
  const Wiped plain(undressed(text));
  return plain.bytes.find(begin) != std::string::npos;
}

KeyMaterial material_from_pem(std::string_view pem, std::string_view password) {
  const ErrorQueueScope errors;
  const Wiped plain(undressed(pem));
  const Wiped block(rewrapped(key_block(plain.bytes)));
  const std::string_view label = label_of(block.bytes);
  const bool is_private = is_private_label(label);
  const BioPtr reader = reader_of(block.bytes);
  Password given{password};
  // Before OpenSSL, which reads version 2 from 3.5 on, and does not compare its public key.
  PkeyPtr pkey = label == "PRIVATE KEY" ? read_version_2(block.bytes) : nullptr;
  if (!pkey) {
    pkey = adopt(is_private ? PEM_read_bio_PrivateKey(reader.get(), nullptr, give_password, &given)
                            : PEM_read_bio_PUBKEY(reader.get(), nullptr, give_password, &given));
  }
  if (pkey) return inspect(std::move(pkey), is_private);
  if (given.asked && password.empty()) throw InvalidKey("the PEM is encrypted; give its password");
  if (is_private && cipher_is_unknown()) {
    throw InvalidKey(
        "the encrypted PEM is damaged, or OpenSSL no longer supports its cipher; encrypt "
        "it again with: openssl pkcs8 -topk8 -v2 aes-256-cbc");
  }
  if (given.asked) throw InvalidKey("the password of the encrypted PEM is wrong");
  throw InvalidKey("the PEM labelled \"" + std::string(label) +
                   "\" is damaged, or its kind of key is unknown");
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
