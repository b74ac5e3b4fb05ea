#include <webtool/utils/keys.hpp>

#include <webtool/core/secret.hpp>
#include <webtool/jose/base64url.hpp>

#include <openssl/rand.h>

#include <stdexcept>

#include "utils/key_file.hpp"

namespace webtool::utils {
namespace {

namespace fs = std::filesystem;

std::string finish(const MakeKeyOptions& options, std::string_view stem, std::string text) {
  if (options.save) save_key_file(options.directory, stem, text);
  return text;
}

}  // namespace

std::string make_ed_key(const MakeKeyOptions& options, jose::KeyType curve) {
  if (curve != jose::KeyType::ed25519 && curve != jose::KeyType::ed448) {
    throw jose::InvalidKey("make_ed_key supports only ed25519 and ed448");
  }
  return finish(options, "ed_private_key",
                jose::Key::generate(curve).private_pem(options.password));
}

std::string make_ec_key(const MakeKeyOptions& options, jose::KeyType curve) {
  if (curve == jose::KeyType::ed25519 || curve == jose::KeyType::ed448) {
    throw jose::InvalidKey("make_ec_key supports only p256, p384, p521 and secp256k1");
  }
  return finish(options, "ec_private_key",
                jose::Key::generate(curve).private_pem(options.password));
}

std::string make_rsa_key(const MakeKeyOptions& options, unsigned bits) {
  return finish(options, "rsa_private_key",
                jose::Key::generate_rsa(bits).private_pem(options.password));
}

std::string make_symmetric_key(const MakeKeyOptions& options, unsigned bytes) {
  if (!options.password.empty()) {
    throw jose::InvalidKey("a symmetric key cannot be encrypted with a password");
  }
  if (bytes < 32 || bytes > 1024) {
    throw jose::InvalidKey("make_symmetric_key supports only 32 to 1024 bytes");
  }
  std::string random(bytes, '\0');
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) !=
      1) {
    throw std::runtime_error("OpenSSL cannot generate a secret");
  }
  std::string text = jose::base64url_encode(random);
  wipe(random);
  return finish(options, "symmetric_private_key", std::move(text));
}

jose::Key load_key(const fs::path& file, const jose::KeyOptions& options) {
  const Secret text = [&] {
    std::string bytes = read_key_file(file);
    Secret kept{std::string_view(bytes)};
    wipe(bytes);
    return kept;
  }();
  std::string_view content = text.expose();
  if (content.ends_with('\n')) content.remove_suffix(1);
  if (content.ends_with('\r')) content.remove_suffix(1);
  return jose::Key::load(content, options);
}

jose::Key load_or_make_ed_key(const fs::path& file) {
  if (!fs::exists(fs::symlink_status(file))) save_key_file_if_absent(file, make_ed_key());
  return load_key(file);
}

}  // namespace webtool::utils
