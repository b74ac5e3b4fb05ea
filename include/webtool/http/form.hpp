// An HTML form as browsers and OAuth 2.0 clients send it: application/x-www-form-urlencoded.
#pragma once

#include <webtool/core/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webtool::http {

struct Form {
  struct Field {
    std::string name, value;
  };
  /// More fields than this are refused.
  static constexpr std::size_t max_fields = 1'000;

  /// All of them, decoded, in the order they were sent.
  std::vector<Field> fields{};

  /// The value of the only field of that name. Nothing if there is none, or more than one: then
  /// nobody can say which was meant (RFC 6749 §3.2). A field without `=` is empty.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
};

/// `text` taken apart (`a=1&b=x+y%21`). The error is std::errc::invalid_argument, for a `%` without
/// two hex digits and for too many fields.
[[nodiscard]] result<Form> parse_form(std::string_view text);

}  // namespace webtool::http
