// One decoded reply of a Redis server.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace webtool::redis {

struct Reply {
  using Array = std::vector<Reply>;
  /// Nil, integer, string (bulk or status), or array. An error reply becomes an error_code and
  /// never gets here. An error inside an array is an `ErrorText`.
  struct ErrorText {
    std::string text;
  };
  std::variant<std::monostate, std::int64_t, std::string, Array, ErrorText> value{};

  [[nodiscard]] bool is_nil() const noexcept { return value.index() == 0; }
  /// Return the value, or null if the reply has another type.
  [[nodiscard]] const std::int64_t* integer() const noexcept {
    return std::get_if<std::int64_t>(&value);
  }
  [[nodiscard]] const std::string* string() const noexcept {
    return std::get_if<std::string>(&value);
  }
  [[nodiscard]] std::string* string() noexcept { return std::get_if<std::string>(&value); }
  [[nodiscard]] const Array* array() const noexcept { return std::get_if<Array>(&value); }
};

}  // namespace webtool::redis
