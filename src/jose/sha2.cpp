#define OPENSSL_SUPPRESS_DEPRECATED
#include "jose/sha2.hpp"

namespace webtool::jose {

Sha2::Sha2(Hash hash) noexcept : hash_(hash) {
  switch (hash) {
    case Hash::sha256:
      SHA256_Init(&small_);
      break;
    case Hash::sha384:
      SHA384_Init(&large_);
      break;
    case Hash::sha512:
      SHA512_Init(&large_);
      break;
  }
}

void Sha2::update(std::string_view bytes) noexcept {
  switch (hash_) {
    case Hash::sha256:
      SHA256_Update(&small_, bytes.data(), bytes.size());
      break;
    case Hash::sha384:
      SHA384_Update(&large_, bytes.data(), bytes.size());
      break;
    case Hash::sha512:
      SHA512_Update(&large_, bytes.data(), bytes.size());
      break;
  }
}

void Sha2::finish(unsigned char* digest) noexcept {
  switch (hash_) {
    case Hash::sha256:
      SHA256_Final(digest, &small_);
      break;
    case Hash::sha384:
      SHA384_Final(digest, &large_);
      break;
    case Hash::sha512:
      SHA512_Final(digest, &large_);
      break;
  }
}

}  // namespace webtool::jose
