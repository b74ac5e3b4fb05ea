// The content of a Redis server as text, to record it in a file and to load it into another server.
#pragma once

#include <string>
#include <string_view>

#include "support/redis_server.hpp"

namespace webtool::test {

/// Returns the strings and hashes of the server as commands that redis-cli can run, sorted by key:
/// SET or HSET, and PEXPIRE if the key expires. The remaining time is rounded up to a minute, so
/// that the text does not depend on how long the test took. A state of a counter has a comment with
/// its words.
[[nodiscard]] std::string image_of(RedisServer& server);

/// Runs the commands. Ignores empty lines and comments.
void load(RedisServer& server, std::string_view image);

}  // namespace webtool::test
