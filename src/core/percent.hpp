// Percent-encoding, RFC 3986 §2.1, as URLs of databases and targets of requests have it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace webtool {

/// `text` decoded, once. Nothing where a `%` is not followed by two hex digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace webtool
