// The cryptography of a key: HMAC, or an OpenSSL signature whose algorithms are fetched in advance.
#pragma once

#include <memory>
#include <string_view>

#include "jose/algorithm_traits.hpp"
#include "jose/openssl.hpp"

namespace webtool::jose {

/// The size of a signature of RSA with 16384 bits.
inline constexpr std::size_t max_signature_size = 2048;

class Primitive {
 public:
  virtual ~Primitive() = default;
  /// The fixed length of this key's signatures in JWS form.
  [[nodiscard]] virtual std::size_t signature_size() const noexcept = 0;
  /// Writes signature_size() bytes. False if OpenSSL fails.
  [[nodiscard]] virtual bool sign(std::string_view message, unsigned char* out) const noexcept = 0;
  [[nodiscard]] virtual bool verify(std::string_view message,
                                    std::string_view signature) const noexcept = 0;
};

[[nodiscard]] std::unique_ptr<const Primitive> make_hmac(Hash hash, std::string_view secret);
[[nodiscard]] std::unique_ptr<const Primitive> make_rsa(const AlgorithmTraits& algorithm,
                                                        PkeyPtr pkey);
[[nodiscard]] std::unique_ptr<const Primitive> make_ecdsa(const AlgorithmTraits& algorithm,
                                                          PkeyPtr pkey);
[[nodiscard]] std::unique_ptr<const Primitive> make_eddsa(PkeyPtr pkey);

}  // namespace webtool::jose
