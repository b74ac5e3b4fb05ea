// Percent-encoding (RFC 3986 §2.1) of database URLs and request targets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace webtool {

/// Decodes `text` once. Returns nullopt if a `%` is not followed by two hex digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace webtool
