// Strict base64url without padding (RFC 4648 §5, RFC 7515 §2).
//
// Only the canonical text of a byte string is accepted, so a token has exactly one spelling.
// Padding, '+', '/', white space, an impossible length and non-zero unused bits are refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace webtool::jose {

/// The base64url text of `bytes`, without padding.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);

/// Appends the base64url text of `bytes` to `out`.
void base64url_encode(std::string_view bytes, std::string& out);

/// The decoded bytes of `text`, or nullopt if `text` is not canonical base64url.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

/// Replaces `out` with the decoded bytes and reuses its memory. Returns false and leaves `out`
/// empty if `text` is not canonical base64url.
[[nodiscard]] bool base64url_decode(std::string_view text, std::string& out);

}  // namespace webtool::jose
