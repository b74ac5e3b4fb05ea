// A Lua script with its SHA-1 worked out once, so that calls can name it by digest.
#pragma once

#include <string>
#include <string_view>

namespace webtool::redis {

class Script {
 public:
  explicit Script(std::string_view source);
  [[nodiscard]] const std::string& source() const noexcept { return source_; }
  /// 40 lower-case hex digits, as EVALSHA takes it.
  [[nodiscard]] const std::string& sha1() const noexcept { return sha1_; }

 private:
  std::string source_;
  std::string sha1_;
};

}  // namespace webtool::redis
