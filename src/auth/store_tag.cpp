#include <webtool/auth/store_tag.hpp>

#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

#include <webtool/jose/base64url.hpp>

namespace webtool::auth {
namespace {

// Fetched once, because fetching the digest by name costs more than the hash.
void sha256(std::string_view bytes, unsigned char (&digest)[32]) {
  struct Free {
    void operator()(EVP_MD* md) const { EVP_MD_free(md); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  static const std::unique_ptr<EVP_MD, Free> md(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  if (!md || !context || EVP_DigestInit_ex2(context.get(), md.get(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest, nullptr) != 1)
    throw std::runtime_error("SHA-256 failed");
}

}  // namespace

std::string store_tag(std::string_view subject) {
  unsigned char digest[32];
  sha256(subject, digest);
  std::string tag;
  jose::base64url_encode(std::string_view(reinterpret_cast<const char*>(digest), 16), tag);
  return tag;
}

std::string subject_key(std::string_view subject) {
  std::string key(layout_prefix);
  return key.append("{").append(store_tag(subject)).append("}");
}

std::string short_digest(std::string_view text) {
  unsigned char digest[32];
  sha256(text, digest);
  return fmt::format("{:02x}", fmt::join(digest, digest + 8, ""));
}

}  // namespace webtool::auth
