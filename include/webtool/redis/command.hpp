// A command in wire format (RESP arrays of bulk strings), encoded as its arguments arrive.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace webtool::redis {

class Command {
 public:
  /// Arguments are strings (any bytes) or integers: `Command("SET", key, value, "PX", 500)`.
  template <class... Arguments>
  explicit Command(std::string_view name, const Arguments&... arguments) {
    add(name);
    (add(arguments), ...);
  }

  Command& add(std::string_view argument);
  Command& add(std::integral auto argument) { return add_integer(argument); }

  /// The wire form: the `*N` header and the arguments.
  [[nodiscard]] std::string encode() const;

 private:
  Command& add_integer(long long argument);
  std::string body_;
  std::size_t count_ = 0;
};

}  // namespace webtool::redis
