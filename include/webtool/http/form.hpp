// An HTML form of browsers and OAuth 2.0 clients: application/x-www-form-urlencoded.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/core/result.hpp>

namespace webtool::http {

struct Form {
  struct Field {
    std::string name, value;
  };
  /// The maximum number of fields. A form with more fields is refused.
  static constexpr std::size_t max_fields = 1'000;

  /// All fields, decoded, in the order of the text.
  std::vector<Field> fields{};

  /// The value of the only field with that name. Returns nullopt if there is no such field, or more
  /// than one, because the intended value is then unknown (RFC 6749 §3.2). A field without `=` has
  /// an empty value.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
};

/// Parses `text`, such as `a=1&b=x+y%21`. The error is std::errc::invalid_argument if a `%` is not
/// followed by two hex digits, or if there are too many fields.
[[nodiscard]] result<Form> parse_form(std::string_view text);

}  // namespace webtool::http
