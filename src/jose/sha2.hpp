// SHA-256, SHA-384 and SHA-512 with a state that is stored by value.
//
// OpenSSL 3 deprecates these structs and recommends EVP_MD_CTX. Each copy of an EVP_MD_CTX costs a
// heap allocation and an atomic counter that all cores share. With a plain copy of the keyed state,
// HMAC is 1.6 times as fast. The compression functions are the same assembly.
#pragma once

#include <openssl/sha.h>

#include <string_view>

namespace webtool::jose {

enum class Hash { sha256, sha384, sha512 };

inline constexpr std::size_t max_digest_size = 64;
inline constexpr std::size_t max_block_size = 128;

constexpr std::size_t digest_size(Hash hash) noexcept {
  return hash == Hash::sha256 ? 32 : hash == Hash::sha384 ? 48 : 64;
}

constexpr std::size_t block_size(Hash hash) noexcept {
  return hash == Hash::sha256 ? 64 : 128;
}

class Sha2 {
 public:
  explicit Sha2(Hash hash) noexcept;
  void update(std::string_view bytes) noexcept;
  /// Writes digest_size(hash) bytes. The object must not be used afterwards.
  void finish(unsigned char* digest) noexcept;

  [[nodiscard]] Hash hash() const noexcept { return hash_; }

 private:
  Hash hash_;
  union {
    SHA256_CTX small_;
    SHA512_CTX large_;
  };
};

}  // namespace webtool::jose
