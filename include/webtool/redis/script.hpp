// A Lua script and its SHA-1, which is computed once and identifies the script in EVALSHA.
#pragma once

#include <string>
#include <string_view>

namespace webtool::redis {

class Script {
 public:
  explicit Script(std::string_view source);
  [[nodiscard]] const std::string& source() const noexcept { return source_; }
  /// Returns 40 lower-case hex digits, as EVALSHA needs them.
  [[nodiscard]] const std::string& sha1() const noexcept { return sha1_; }

 private:
  std::string source_;
  std::string sha1_;
};

}  // namespace webtool::redis
