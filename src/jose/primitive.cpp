#include "jose/primitive.hpp"

#include <webtool/core/secret.hpp>

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <array>
#include <atomic>
#include <string>
#include <utility>

#include "jose/ecdsa_format.hpp"
#include "jose/hmac.hpp"
#include "jose/thread_contexts.hpp"

namespace webtool::jose {
namespace {

std::string_view view_of(const unsigned char* bytes, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(bytes), size};
}

// The digests are fetched once per process. Every key context refers to one of them.
const EVP_MD* digest_of(Hash hash) noexcept {
  static const std::array<const EVP_MD*, 3> digests{EVP_MD_fetch(nullptr, "SHA256", nullptr),
                                                    EVP_MD_fetch(nullptr, "SHA384", nullptr),
                                                    EVP_MD_fetch(nullptr, "SHA512", nullptr)};
  return digests[static_cast<std::size_t>(hash)];
}

class HmacPrimitive final : public Primitive {
 public:
  HmacPrimitive(Hash hash, std::string_view secret) noexcept
      : size_(digest_size(hash)), hmac_(hash, secret) {}

  std::size_t signature_size() const noexcept override { return size_; }

  bool sign(std::string_view message, unsigned char* out) const noexcept override {
    hmac_.tag(message, out);
    return true;
  }

  bool verify(std::string_view message, std::string_view signature) const noexcept override {
    std::array<unsigned char, max_digest_size> tag;
    hmac_.tag(message, tag.data());
    return equal_in_constant_time(view_of(tag.data(), size_), signature);
  }

 private:
  std::size_t size_;
  Hmac hmac_;
};

// RSA and ECDSA sign a digest, with a context that can be reused.
class DigestSigner {
 public:
  DigestSigner(const AlgorithmTraits& algorithm, PkeyPtr pkey)
      : pkey_(std::move(pkey)), hash_(algorithm.hash), pss_(algorithm.scheme == Scheme::rsa_pss) {}

  [[nodiscard]] const PkeyPtr& pkey() const noexcept { return pkey_; }

  bool sign(std::string_view message, unsigned char* out, std::size_t& size) const noexcept {
    const ErrorQueueScope errors;
    EVP_PKEY_CTX* context = context_for(Operation::sign);
    if (context == nullptr) return false;
    const Digest digest = digest_of_message(message);
    return EVP_PKEY_sign(context, out, &size, digest.data(), digest_size(hash_)) == 1;
  }

  bool verify(std::string_view message, const unsigned char* signature,
              std::size_t size) const noexcept {
    const ErrorQueueScope errors;
    EVP_PKEY_CTX* context = context_for(Operation::verify);
    if (context == nullptr) return false;
    const Digest digest = digest_of_message(message);
    return EVP_PKEY_verify(context, signature, size, digest.data(), digest_size(hash_)) == 1;
  }

 private:
  using Digest = std::array<unsigned char, max_digest_size>;

  Digest digest_of_message(std::string_view message) const noexcept {
    Digest digest;
    Sha2 state(hash_);
    state.update(message);
    state.finish(digest.data());
    return digest;
  }

  EVP_PKEY_CTX* context_for(Operation operation) const noexcept {
    return ThreadContexts<PkeyContextPtr>::get(key_, operation,
                                               [&] { return make_context(operation); });
  }

  PkeyContextPtr make_context(Operation operation) const noexcept {
    PkeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey_.get(), nullptr));
    const auto init = operation == Operation::sign ? EVP_PKEY_sign_init : EVP_PKEY_verify_init;
    const bool ready =
        context != nullptr && init(context.get()) == 1 &&
        (!pss_ || (EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) == 1 &&
                   EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) == 1)) &&
        EVP_PKEY_CTX_set_signature_md(context.get(), digest_of(hash_)) == 1;
    if (!ready) context.reset();
    return context;
  }

  ContextKey key_;
  PkeyPtr pkey_;
  Hash hash_;
  bool pss_;
};

class RsaPrimitive final : public Primitive {
 public:
  RsaPrimitive(const AlgorithmTraits& algorithm, PkeyPtr pkey)
      : signer_(algorithm, std::move(pkey)),
        size_(static_cast<std::size_t>(EVP_PKEY_get_size(signer_.pkey().get()))) {}

  std::size_t signature_size() const noexcept override { return size_; }

  bool sign(std::string_view message, unsigned char* out) const noexcept override {
    std::size_t size = size_;
    return signer_.sign(message, out, size) && size == size_;
  }

  bool verify(std::string_view message, std::string_view signature) const noexcept override {
    return signature.size() == size_ &&
           signer_.verify(message, bytes_of(signature), signature.size());
  }

 private:
  DigestSigner signer_;
  std::size_t size_;
};

class EcdsaPrimitive final : public Primitive {
 public:
  EcdsaPrimitive(const AlgorithmTraits& algorithm, PkeyPtr pkey)
      : signer_(algorithm, std::move(pkey)) {
    BIGNUM* order = nullptr;
    EVP_PKEY_get_bn_param(signer_.pkey().get(), OSSL_PKEY_PARAM_EC_ORDER, &order);
    const BignumPtr owned(order);
    order_.resize(static_cast<std::size_t>(BN_num_bytes(order)));
    BN_bn2bin(order, bytes_of(order_));
  }

  std::size_t signature_size() const noexcept override { return 2 * order_.size(); }

  bool sign(std::string_view message, unsigned char* out) const noexcept override {
    std::array<unsigned char, max_ecdsa_der_size> der;
    std::size_t size = der.size();
    return signer_.sign(message, der.data(), size) &&
           ecdsa_from_der(view_of(der.data(), size), order_.size(), out);
  }

  bool verify(std::string_view message, std::string_view signature) const noexcept override {
    std::array<unsigned char, max_ecdsa_der_size> der;
    const auto size = ecdsa_to_der(signature, order_, der);
    return size && signer_.verify(message, der.data(), *size);
  }

 private:
  DigestSigner signer_;
  std::string order_;
};

// EdDSA signs the whole message at once. A new initialisation without a key keeps the fetched
// algorithm. Later OpenSSL versions need it to use the context again.
class EddsaPrimitive final : public Primitive {
 public:
  explicit EddsaPrimitive(PkeyPtr pkey)
      : pkey_(std::move(pkey)), size_(static_cast<std::size_t>(EVP_PKEY_get_size(pkey_.get()))) {}

  std::size_t signature_size() const noexcept override { return size_; }

  bool sign(std::string_view message, unsigned char* out) const noexcept override {
    const ErrorQueueScope errors;
    EVP_MD_CTX* context = context_for(Operation::sign, EVP_DigestSignInit);
    std::size_t size = size_;
    return context != nullptr &&
           EVP_DigestSign(context, out, &size, bytes_of(message), message.size()) == 1 &&
           size == size_;
  }

  bool verify(std::string_view message, std::string_view signature) const noexcept override {
    if (signature.size() != size_) return false;
    const ErrorQueueScope errors;
    EVP_MD_CTX* context = context_for(Operation::verify, EVP_DigestVerifyInit);
    return context != nullptr && EVP_DigestVerify(context, bytes_of(signature), signature.size(),
                                                  bytes_of(message), message.size()) == 1;
  }

 private:
  template <class Init>
  EVP_MD_CTX* context_for(Operation operation, const Init& init) const noexcept {
    EVP_MD_CTX* context = ThreadContexts<DigestContextPtr>::get(key_, operation, [&] {
      DigestContextPtr made(EVP_MD_CTX_new());
      if (made && init(made.get(), nullptr, nullptr, nullptr, pkey_.get()) != 1) made.reset();
      return made;
    });
    if (context == nullptr || init(context, nullptr, nullptr, nullptr, nullptr) != 1)
      return nullptr;
    return context;
  }

  ContextKey key_;
  PkeyPtr pkey_;
  std::size_t size_;
};

}  // namespace

ContextKey::ContextKey()
    : id_([] {
        static std::atomic<std::uint64_t> last{0};
        return std::make_shared<const std::uint64_t>(++last);
      }()) {}

std::unique_ptr<const Primitive> make_hmac(Hash hash, std::string_view secret) {
  return std::make_unique<HmacPrimitive>(hash, secret);
}

std::unique_ptr<const Primitive> make_rsa(const AlgorithmTraits& algorithm, PkeyPtr pkey) {
  return std::make_unique<RsaPrimitive>(algorithm, std::move(pkey));
}

std::unique_ptr<const Primitive> make_ecdsa(const AlgorithmTraits& algorithm, PkeyPtr pkey) {
  return std::make_unique<EcdsaPrimitive>(algorithm, std::move(pkey));
}

std::unique_ptr<const Primitive> make_eddsa(PkeyPtr pkey) {
  return std::make_unique<EddsaPrimitive>(std::move(pkey));
}

}  // namespace webtool::jose
