// Error replies: the Error of the first word, and the text that may be logged. That is the server's
// text without its quotations, which may contain a key, a value or a password.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <webtool/redis/error.hpp>

namespace webtool::redis {

/// Returns the Error for the text of an error reply, such as "LOADING Redis is loading…".
[[nodiscard]] Error server_error(std::string_view text) noexcept;

/// The address of a key, from MOVED or ASK.
struct Redirect {
  std::uint16_t slot = 0;
  std::string host{};  ///< empty: the host of the server that sent the reply
  std::uint16_t port = 0;
};

/// Returns the redirect of an error reply. Returns nothing if it is not a valid MOVED or ASK.
[[nodiscard]] std::optional<Redirect> redirect_of(std::string_view text);

/// Returns the first 200 characters of the text of an error reply, as printable ASCII. The text
/// between its first and its last quotation mark is replaced by "...", unless it is a command name.
[[nodiscard]] std::string readable(std::string_view text);

/// Returns the name of an encoded command, such as "EVALSHA". Returns "?" if the name is not a
/// plain word.
[[nodiscard]] std::string command_name(std::string_view wire);

}  // namespace webtool::redis
