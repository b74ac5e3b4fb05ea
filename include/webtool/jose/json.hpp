// JSON as a security protocol needs it: Boost.JSON, with what RFC 8259 leaves open closed.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>

#include <optional>
#include <string_view>

namespace webtool::jose {

/// The object `text` holds, or nothing where it is not exactly one JSON object in UTF-8 without
/// BOM, nests deeper than 16, names a member twice at any depth (RFC 7515 §4, RFC 7519 §4), or has
/// a number that no double can hold (1e309).
/// `storage` is where the values go; give a monotonic_resource for a short-lived parse.
[[nodiscard]] std::optional<boost::json::object> parse_strict_object(
    std::string_view text, boost::json::storage_ptr storage = {});

}  // namespace webtool::jose
