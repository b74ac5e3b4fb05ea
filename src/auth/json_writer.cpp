#include "auth/json_writer.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>

namespace webtool::auth {
namespace {

// True for nearly all names, ids and subjects. Skips Boost's serializer for them.
bool needs_no_escape(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; });
}

}  // namespace

void write_json(std::string& out, std::string_view text) {
  if (needs_no_escape(text)) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  out += boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

void write_json(std::string& out, Timestamp time) {
  const auto count = time.time_since_epoch().count();
  fmt::format_to(std::back_inserter(out), FMT_STRING("{}"), count / 1'000'000);
  auto fraction = count % 1'000'000;
  if (fraction <= 0) return;
  int width = 6;
  for (; fraction % 10 == 0; fraction /= 10) --width;
  fmt::format_to(std::back_inserter(out), FMT_STRING(".{:0{}}"), fraction, width);
}

void write_json(std::string& out, const boost::json::array& array) {
  out += '[';
  for (const auto& value : array) {
    if (&value != array.begin()) out += ',';
    write_json(out, value);
  }
  out += ']';
}

void write_json(std::string& out, const boost::json::object& object) {
  JsonObjectWriter writer(out);
  for (const auto& [name, value] : object) writer.member(std::string_view(name), value);
  writer.end();
}

void write_json(std::string& out, const boost::json::value& value) {
  if (const auto* object = value.if_object()) {
    write_json(out, *object);
  } else if (const auto* array = value.if_array()) {
    write_json(out, *array);
  } else if (const auto* text = value.if_string()) {
    write_json(out, std::string_view(text->data(), text->size()));
  } else if (const auto* number = value.if_double()) {
    // JSON cannot represent it. Boost would write NaN or a number that parsers refuse.
    if (!std::isfinite(*number)) throw std::invalid_argument("a number in extra is not finite");
    fmt::format_to(std::back_inserter(out), FMT_STRING("{}"), *number);
  } else {
    out += boost::json::serialize(value);
  }
}

std::string join(const Scope& scope) {
  return fmt::format(FMT_STRING("{}"), fmt::join(scope, " "));
}

}  // namespace webtool::auth
