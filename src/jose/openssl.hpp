// Smart pointers for OpenSSL objects.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace webtool::jose {

template <auto free_function>
struct FreedBy {
  template <class T>
  void operator()(T* object) const noexcept {
    free_function(object);
  }
};

using BioPtr = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using BignumPtr = std::unique_ptr<BIGNUM, FreedBy<BN_clear_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, FreedBy<EVP_MD_CTX_free>>;
using PkeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, FreedBy<EVP_PKEY_CTX_free>>;
/// Shared, because a key and its copies with other algorithms use one EVP_PKEY.
using PkeyPtr = std::shared_ptr<EVP_PKEY>;

inline PkeyPtr adopt(EVP_PKEY* pkey) {
  return {pkey, FreedBy<EVP_PKEY_free>{}};
}

/// OpenSSL stores errors in a queue of the thread. The next user of OpenSSL, such as Asio's TLS
/// streams, would read them as its own errors. This scope removes the errors that are added within
/// it.
class ErrorQueueScope {
 public:
  ErrorQueueScope() noexcept { ERR_set_mark(); }
  ~ErrorQueueScope() { ERR_pop_to_mark(); }
  ErrorQueueScope(const ErrorQueueScope&) = delete;
  ErrorQueueScope& operator=(const ErrorQueueScope&) = delete;
};

inline const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

inline unsigned char* bytes_of(std::string& text) noexcept {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace webtool::jose
