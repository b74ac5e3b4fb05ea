// Strict base64url without padding (RFC 4648 §5, RFC 7515 §2).
//
// Only the canonical text of a byte string is accepted: one token has one spelling. Padding,
// '+', '/', white space, an impossible length and non-zero unused bits are all refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace webtool::jose {

/// The base64url text of `bytes`, without padding.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);

/// Appends the base64url text of `bytes` to `out`.
void base64url_encode(std::string_view bytes, std::string& out);

/// The bytes `text` stands for, or nothing if `text` is not canonical base64url.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

/// As above, replacing what `out` holds and reusing its memory. False, and `out` empty, on refusal.
[[nodiscard]] bool base64url_decode(std::string_view text, std::string& out);

}  // namespace webtool::jose
