// What an error reply means to a program, by its first word, and what of it people may read: the
// server's own words, without what it quotes, which may be a key, a value or a password.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <webtool/redis/error.hpp>

namespace webtool::redis {

/// The Error for the text of an error reply, such as "LOADING Redis is loading…".
[[nodiscard]] Error server_error(std::string_view text) noexcept;

/// Where MOVED and ASK say that a key is.
struct Redirect {
  std::uint16_t slot = 0;
  std::string host{};  ///< empty: the host of the server that says so
  std::uint16_t port = 0;
};

/// The redirect of an error reply; nothing if it is neither a MOVED nor an ASK that can be read.
[[nodiscard]] std::optional<Redirect> redirect_of(std::string_view text);

/// The first 200 characters of the text of an error reply, as printable ASCII, with "..." in place
/// of everything between its first and its last quotation mark, unless that is a command's name.
[[nodiscard]] std::string readable(std::string_view text);

/// The name of an encoded command, such as "EVALSHA"; "?" if it is no plain word.
[[nodiscard]] std::string command_name(std::string_view wire);

}  // namespace webtool::redis
