// Taking a request target apart (RFC 9112 §3.2). Pure.
//
// A target is checked once, as a whole, when the request arrives; everything after that can take
// its percent-encoding for granted.
#pragma once

#include <webtool/http/request.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace webtool::http {

/// Puts the path and the query of `target` into `parts`. False where it is neither origin-form,
/// nor an absolute-form of http or https, nor `*` with OPTIONS, or is no well-formed URI.
[[nodiscard]] bool split_target(std::string_view target, RequestParts& parts);

/// As forms encode: percent-encoded, and a space is a plus. Nothing for a `%` without two hex
/// digits.
[[nodiscard]] std::optional<std::string> form_decode(std::string_view text);

/// The first value of that name in a query.
[[nodiscard]] std::optional<std::string> find_in_query(std::string_view query,
                                                       std::string_view name);

}  // namespace webtool::http
