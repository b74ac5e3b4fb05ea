#include <webtool/jose/json.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace webtool::jose {
namespace {

constexpr std::size_t max_depth = 16;

// Member names in the text, which must be valid JSON: outside strings, a colon follows each.
std::size_t count_written(std::string_view text) noexcept {
  std::size_t count = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      in_string = !in_string;
    } else if (in_string) {
      i += c == '\\';
    } else {
      count += c == ':';
    }
  }
  return count;
}

std::size_t count_kept(const boost::json::value& value) noexcept {
  std::size_t count = 0;
  if (const auto* object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object) count += count_kept(member.value());
  } else if (const auto* array = value.if_array()) {
    for (const auto& element : *array) count += count_kept(element);
  }
  return count;
}

}  // namespace

std::optional<boost::json::object> parse_strict_object(std::string_view text,
                                                       boost::json::storage_ptr storage) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::error_code error;
  boost::json::value value =
      boost::json::parse({text.data(), text.size()}, error, std::move(storage), options);
  // Boost.JSON keeps the last of several members of one name, after unescaping; so a name was
  // used twice exactly where fewer were kept than were written.
  if (error || !value.is_object() || count_kept(value) != count_written(text)) return std::nullopt;
  return std::move(value.get_object());
}

}  // namespace webtool::jose
