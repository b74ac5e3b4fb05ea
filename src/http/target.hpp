// Parses a request target (RFC 9112 §3.2). It does no I/O.
//
// The whole target is checked once, when the request arrives. Later code can rely on a valid
// percent-encoding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <webtool/http/request.hpp>

namespace webtool::http {

/// Stores the path and the query of `target` in `parts`. Returns false if `target` is not a
/// well-formed URI, or is neither in origin-form, nor in absolute-form of http or https, nor `*`
/// with OPTIONS.
[[nodiscard]] bool split_target(std::string_view target, RequestParts& parts);

/// Decodes the encoding of forms: percent-encoding, and a plus for a space. Returns nullopt if a
/// `%` is not followed by two hex digits.
[[nodiscard]] std::optional<std::string> form_decode(std::string_view text);

/// The first value with that name in a query.
[[nodiscard]] std::optional<std::string> find_in_query(std::string_view query,
                                                       std::string_view name);

}  // namespace webtool::http
