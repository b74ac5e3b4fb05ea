// ECDSA signatures: R‖S of fixed length in a JWS (RFC 7518 §3.4), DER in OpenSSL.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace webtool::jose {

/// Two INTEGERs of 66 bytes and a sign byte each, and three headers.
inline constexpr std::size_t max_ecdsa_der_size = 3 + 2 * (2 + 1 + 66);

/// The DER of `signature`, or nothing unless it is two numbers within [1, order), each as long as
/// `order` (big-endian). Gives the length written to `der`.
[[nodiscard]] std::optional<std::size_t> ecdsa_to_der(
    std::string_view signature, std::string_view order,
    std::array<unsigned char, max_ecdsa_der_size>& der) noexcept;

/// Writes R‖S, each of `width` bytes, to `out`. False if `der` is not a signature of that size.
[[nodiscard]] bool ecdsa_from_der(std::string_view der, std::size_t width,
                                  unsigned char* out) noexcept;

}  // namespace webtool::jose
