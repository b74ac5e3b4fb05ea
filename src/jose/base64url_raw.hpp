// base64url into memory of the caller, for code that must not allocate.
#pragma once

#include <optional>
#include <string_view>

namespace webtool::jose {

constexpr std::size_t base64url_encoded_size(std::size_t bytes) noexcept {
  return bytes / 3 * 4 + (bytes % 3 == 0 ? 0 : bytes % 3 + 1);
}

constexpr std::size_t base64url_decoded_size(std::size_t characters) noexcept {
  return characters / 4 * 3 + (characters % 4 == 0 ? 0 : characters % 4 - 1);
}

/// Writes base64url_encoded_size(bytes.size()) characters.
void base64url_encode_to(std::string_view bytes, char* out) noexcept;

/// Writes at most base64url_decoded_size(text.size()) bytes. False if `text` is not canonical.
[[nodiscard]] bool base64url_decode_to(std::string_view text, char* out) noexcept;

}  // namespace webtool::jose
