// HMAC (RFC 2104) with precomputed key states. A tag costs two copies of a hash state and the hash
// of the message, for every key size.
#pragma once

#include <string_view>

#include "jose/sha2.hpp"

namespace webtool::jose {

class Hmac {
 public:
  Hmac(Hash hash, std::string_view secret) noexcept;
  ~Hmac();
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;

  /// Writes digest_size(hash) bytes.
  void tag(std::string_view message, unsigned char* out) const noexcept;

 private:
  Sha2 inner_;
  Sha2 outer_;
};

}  // namespace webtool::jose
