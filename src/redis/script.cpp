#include <webtool/redis/script.hpp>

#include <openssl/evp.h>

#include <stdexcept>

namespace webtool::redis {

Script::Script(std::string_view source) : source_(source) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(source.data(), source.size(), digest, &size, EVP_sha1(), nullptr) != 1) {
    throw std::runtime_error("redis::Script: SHA-1 is not available");
  }
  static constexpr char hex[] = "0123456789abcdef";
  for (unsigned i = 0; i < size; ++i) {
    sha1_ += hex[digest[i] >> 4];
    sha1_ += hex[digest[i] & 15];
  }
}

}  // namespace webtool::redis
