// Reading a URL piece by piece. Errors name the piece and never quote it: if a password was not
// percent-encoded, any piece may be a part of it.
#pragma once

#include <string>
#include <string_view>

namespace webtool {

/// Splits `text` at the first `mark`. Returns what stands before it and leaves what follows;
/// without a mark, returns everything.
[[nodiscard]] std::string_view take_until(std::string_view& text, char mark);

class UrlText {
 public:
  /// `kind` is named in errors, such as "redis URL".
  explicit constexpr UrlText(std::string_view kind) : kind_(kind) {}

  /// Throws std::invalid_argument "<kind>: <words>".
  [[noreturn]] void refuse(std::string_view words) const;
  /// `text` without its percent-encoding. `piece` is named if a % lacks its two digits.
  [[nodiscard]] std::string decode(std::string_view text, std::string_view piece) const;
  /// A decimal number from `least` to `most`, digits only.
  [[nodiscard]] long long number(std::string_view text, long long least, long long most,
                                 std::string_view piece) const;

 private:
  std::string_view kind_;
};

}  // namespace webtool
