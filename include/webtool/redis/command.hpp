// A command in wire format (RESP arrays of bulk strings), encoded as its arguments arrive.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace webtool::redis {

/// An argument of a Command that is a key: `prefix` followed by `name`.
struct Key {
  constexpr explicit Key(std::string_view whole) : name(whole) {}
  constexpr Key(std::string_view start, std::string_view rest) : prefix(start), name(rest) {}
  std::string_view prefix{};
  std::string_view name;
};

class Command {
 public:
  /// Arguments are keys, strings (any bytes) or integers: `Command("SET", Key(key), value, "PX",
  /// 500)`. The first key tells which server of several has the data, so name it as a Key.
  template <class... Arguments>
  explicit Command(std::string_view name, const Arguments&... arguments) {
    add(name);
    (add(arguments), ...);
  }

  Command& add(std::string_view argument);
  Command& add(std::integral auto argument) { return add_integer(argument); }
  Command& add(Key argument);

  /// The first key, or an empty text for a command without keys. Valid until the command changes.
  [[nodiscard]] std::string_view key() const noexcept;

  /// The wire form: the `*N` header and the arguments.
  [[nodiscard]] std::string encode() const;

 private:
  Command& add_integer(long long argument);
  std::string body_;
  std::size_t count_ = 0;
  std::size_t key_at_ = 0;
  std::size_t key_size_ = 0;
};

}  // namespace webtool::redis
