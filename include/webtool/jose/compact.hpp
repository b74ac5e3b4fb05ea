// Compact JWS (RFC 7515 §7.1). No other part of JOSE is supported.
//
// Every check that needs no cryptography runs first: size, shape, encoding, duplicate members,
// `crit`, embedded keys, and an `alg` that differs from the key's algorithm.
#pragma once

#include <string>
#include <string_view>

#include <webtool/core/result.hpp>
#include <webtool/jose/error.hpp>
#include <webtool/jose/key_ring.hpp>

namespace webtool::jose {

/// The maximum sizes of a token and of its encoded header, in bytes. Longer ones are refused.
inline constexpr std::size_t max_token_size = 8192;
inline constexpr std::size_t max_header_size = 1024;

/// Signs `payload` (any bytes) with `key`. The header is {"alg","kid","typ"}, without "typ" if
/// `typ` is empty. Throws InvalidKey if the key cannot sign, std::logic_error if `typ` is not a
/// media type of at most 64 characters, and std::length_error if the token would be too large for
/// verify_compact.
[[nodiscard]] std::string sign_compact(const Key& key, std::string_view typ,
                                       std::string_view payload);

/// Checks a token against `keys` and stores its payload in `payload` (reusing its memory).
/// If `typ` is not empty, the header must name this media type, such as "at+jwt". The header may
/// write "application/" before it, and letter case does not matter.
/// The possible errors are malformed, too_large, unsupported_header, algorithm_mismatch,
/// unknown_key, wrong_type and bad_signature. After an error, `payload` is empty.
[[nodiscard]] boost::system::error_code verify_compact(const KeyRing& keys, std::string_view token,
                                                       std::string_view typ, std::string& payload);

}  // namespace webtool::jose
