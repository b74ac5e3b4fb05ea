// What an error reply means to a program, by its first word, and what of it people may read: the
// server's own words, without what it quotes, which may be a key, a value or a password.
#pragma once

#include <string>
#include <string_view>

#include <webtool/redis/error.hpp>

namespace webtool::redis {

/// The Error for the text of an error reply, such as "LOADING Redis is loading…".
[[nodiscard]] Error server_error(std::string_view text) noexcept;

/// The first 200 characters of the text of an error reply, as printable ASCII, with "..." in place
/// of everything between its first and its last quotation mark, unless that is a command's name.
[[nodiscard]] std::string readable(std::string_view text);

/// The name of an encoded command, such as "EVALSHA"; "?" if it is no plain word.
[[nodiscard]] std::string command_name(std::string_view wire);

}  // namespace webtool::redis
