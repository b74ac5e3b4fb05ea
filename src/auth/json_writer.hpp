// Writes JSON text into a string, for tokens and answers. Boost.JSON writes times as 1.7E9. That is
// legal, but it is not the documented format and hard to read.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

#include <webtool/auth/claims.hpp>
#include <webtool/core/clock.hpp>

namespace webtool::auth {

/// A quoted and escaped string.
void write_json(std::string& out, std::string_view text);
/// A NumericDate: seconds since 1970 as a plain decimal, with as few digits as possible.
void write_json(std::string& out, Timestamp time);
/// Any value. Numbers with a fraction are plain decimals. Throws std::invalid_argument for a number
/// that is not finite.
void write_json(std::string& out, const boost::json::value& value);
void write_json(std::string& out, const boost::json::array& array);
void write_json(std::string& out, const boost::json::object& object);

/// Writes one object into `out`. The members stand in the order of the calls.
class JsonObjectWriter {
 public:
  explicit JsonObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  JsonObjectWriter(const JsonObjectWriter&) = delete;

  template <class Value>
  JsonObjectWriter& member(std::string_view name, const Value& value) {
    if (out_.back() != '{') out_ += ',';
    write_json(out_, name);
    out_ += ':';
    write_json(out_, value);
    return *this;
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
};

/// Returns the scopes joined by spaces (RFC 6749 §3.3).
[[nodiscard]] std::string join(const Scope& scope);

}  // namespace webtool::auth
