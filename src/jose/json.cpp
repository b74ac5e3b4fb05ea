#include <webtool/jose/json.hpp>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>

#include <array>
#include <cmath>
#include <utility>

namespace webtool::jose {
namespace {

using boost::json::string_view;
using boost::system::error_code;

constexpr std::size_t max_depth = 16;

// Builds the value like boost::json::parse, and counts the members in the text.
struct Builder {
  static constexpr std::size_t max_object_size = boost::json::object::max_size();
  static constexpr std::size_t max_array_size = boost::json::array::max_size();
  static constexpr std::size_t max_key_size = boost::json::string::max_size();
  static constexpr std::size_t max_string_size = boost::json::string::max_size();

  Builder(boost::json::storage_ptr storage, unsigned char* scratch, std::size_t size)
      : stack({}, scratch, size) {
    stack.reset(std::move(storage));
  }

  boost::json::value_stack stack;
  std::size_t members = 0;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t size, error_code&) {
    members += size;
    stack.push_object(size);
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t size, error_code&) {
    stack.push_array(size);
    return true;
  }
  bool on_key_part(string_view part, std::size_t, error_code&) {
    stack.push_chars(part);
    return true;
  }
  bool on_key(string_view part, std::size_t, error_code&) {
    stack.push_key(part);
    return true;
  }
  bool on_string_part(string_view part, std::size_t, error_code&) {
    stack.push_chars(part);
    return true;
  }
  bool on_string(string_view part, std::size_t, error_code&) {
    stack.push_string(part);
    return true;
  }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t number, string_view, error_code&) {
    stack.push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, string_view, error_code&) {
    stack.push_uint64(number);
    return true;
  }
  bool on_double(double number, string_view, error_code& error) {
    // RFC 8259 has no infinity. 1e309 would become infinity, which cannot be written as JSON.
    if (!std::isfinite(number)) {
      error = make_error_code(boost::json::error::exponent_overflow);
      return false;
    }
    stack.push_double(number);
    return true;
  }
  bool on_bool(bool value, error_code&) {
    stack.push_bool(value);
    return true;
  }
  bool on_null(error_code&) {
    stack.push_null();
    return true;
  }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }
};

std::size_t count_members(const boost::json::value& value) noexcept {
  std::size_t count = 0;
  if (const auto* object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object) count += count_members(member.value());
  } else if (const auto* array = value.if_array()) {
    for (const auto& element : *array) count += count_members(element);
  }
  return count;
}

}  // namespace

std::optional<boost::json::object> parse_strict_object(std::string_view text,
                                                       boost::json::storage_ptr storage) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  std::array<unsigned char, 2048> scratch;
  boost::json::basic_parser<Builder> parser(options, std::move(storage), scratch.data(),
                                            scratch.size());
  error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (error || used != text.size()) return std::nullopt;
  boost::json::value value = parser.handler().stack.release();
  // An object keeps only the last of several members with the same unescaped name. So a name was
  // used twice exactly if the object has fewer members than the text.
  if (!value.is_object() || count_members(value) != parser.handler().members) return std::nullopt;
  return std::move(value.get_object());
}

}  // namespace webtool::jose
