// Strict JSON for security protocols: Boost.JSON, and everything that RFC 8259 leaves open is
// refused.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>

#include <optional>
#include <string_view>

namespace webtool::jose {

/// Parses `text`. Returns nullopt if `text` is not exactly one JSON object in UTF-8 without BOM, if
/// it nests deeper than 16, if an object at any depth has two members with the same name (RFC 7515
/// §4, RFC 7519 §4), or if a number does not fit a double (1e309).
/// The values are allocated in `storage`; pass a monotonic_resource for a short-lived parse.
[[nodiscard]] std::optional<boost::json::object> parse_strict_object(
    std::string_view text, boost::json::storage_ptr storage = {});

}  // namespace webtool::jose
