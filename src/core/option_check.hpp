// How option structs are checked: the first rule that does not hold is thrown, in words that start
// with the name of the option.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace webtool {

class OptionCheck {
 public:
  /// `owner` is the struct's name, such as "LimitRule".
  constexpr explicit OptionCheck(std::string_view owner) : owner_(owner) {}

  /// Throws std::invalid_argument "<owner>::<words>" unless `holds`; `words` start with the option.
  void operator()(bool holds, std::string_view words) const {
    if (!holds) refuse(words);
  }
  /// For words that are made only if the option is refused.
  [[noreturn]] void refuse(std::string_view words) const {
    throw std::invalid_argument(std::string(owner_).append("::").append(words));
  }

 private:
  std::string_view owner_;
};

}  // namespace webtool
