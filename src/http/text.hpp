// The character classes of RFC 9110 that parsing and rendering share.
#pragma once

#include <algorithm>
#include <string_view>

namespace webtool::http {

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

constexpr bool is_alphanumeric(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The value of a hex digit, or -1.
constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The characters of optional and bad whitespace, RFC 9110 §5.6.3.
constexpr bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

/// The characters that the value of a header field must not contain.
constexpr bool is_control(char c) noexcept {
  // Whether `char` is signed depends on the processor.
  const auto code = static_cast<unsigned char>(c);
  return (code < ' ' && code != '\t') || code == 0x7f;
}

/// The names of methods, header fields and parameters, RFC 9110 §5.6.2.
constexpr bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

/// The characters of `uri-host [":" port]`, RFC 9110 §7.2. It may be empty.
constexpr bool is_host(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) ||
           std::string_view("-._~%!$&'()*+,;=:[]").find(c) != std::string_view::npos;
  });
}

constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

constexpr bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return to_lower(a) == to_lower(b); });
}

}  // namespace webtool::http
