// Compact JWS (RFC 7515 §7.1), and nothing else of JOSE.
//
// Everything that can be refused without a key is refused before any cryptography: size, shape,
// encoding, duplicate members, `crit`, embedded keys, `alg` other than the key's own.
#pragma once

#include <string>
#include <string_view>

#include <webtool/core/result.hpp>
#include <webtool/jose/error.hpp>
#include <webtool/jose/key_ring.hpp>

namespace webtool::jose {

/// Longest token and longest encoded header that are looked at, in bytes.
inline constexpr std::size_t max_token_size = 8192;
inline constexpr std::size_t max_header_size = 1024;

/// Signs `payload` (any bytes) with `key` under the header {"alg","kid","typ"}. `typ` is left out
/// where empty. Throws InvalidKey for a key that cannot sign, std::logic_error for a `typ` that is
/// no media type of at most 64 characters, std::length_error where verify_compact would find the
/// token too large.
[[nodiscard]] std::string sign_compact(const Key& key, std::string_view typ,
                                       std::string_view payload);

/// Checks a token against `keys` and puts its payload into `payload` (reusing its memory).
/// `typ`, where not empty, is the media type the header must name, such as "at+jwt"
/// ("application/" may stand before it; letter case does not matter).
/// Gives malformed, too_large, unsupported_header, algorithm_mismatch, unknown_key, wrong_type or
/// bad_signature; `payload` is empty then.
[[nodiscard]] boost::system::error_code verify_compact(const KeyRing& keys, std::string_view token,
                                                       std::string_view typ, std::string& payload);

}  // namespace webtool::jose
