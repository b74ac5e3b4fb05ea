// Converts ECDSA signatures: JWS uses R‖S of fixed length (RFC 7518 §3.4), OpenSSL uses DER.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace webtool::jose {

/// Two INTEGERs, each with 66 bytes and a sign byte, and three headers.
inline constexpr std::size_t max_ecdsa_der_size = 3 + 2 * (2 + 1 + 66);

/// Writes the DER form of `signature` to `der` and returns its length. Returns nullopt if
/// `signature` is not two numbers in [1, order), each as long as `order` (big-endian).
[[nodiscard]] std::optional<std::size_t> ecdsa_to_der(
    std::string_view signature, std::string_view order,
    std::array<unsigned char, max_ecdsa_der_size>& der) noexcept;

/// Writes R‖S, each with `width` bytes, to `out`. Returns false if `der` is not a signature of that
/// size.
[[nodiscard]] bool ecdsa_from_der(std::string_view der, std::size_t width,
                                  unsigned char* out) noexcept;

}  // namespace webtool::jose
