// JSON text written straight into a string: what is signed and what is answered. Boost.JSON writes
// times as 1.7E9, which is legal but not what the documents show nor what people can read.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include <webtool/auth/claims.hpp>
#include <webtool/core/clock.hpp>

namespace webtool::auth {

/// A quoted and escaped string.
void write_json(std::string& out, std::string_view text);
/// A NumericDate: seconds since 1970 as a plain decimal, no more digits than it needs.
void write_json(std::string& out, Timestamp time);
/// Any value; numbers with a fraction as plain decimals. Throws std::invalid_argument for a number
/// that is not finite.
void write_json(std::string& out, const boost::json::value& value);
void write_json(std::string& out, const boost::json::object& object);

/// The scopes joined by spaces (RFC 6749 §3.3).
[[nodiscard]] std::string join(const Scope& scope);

}  // namespace webtool::auth
