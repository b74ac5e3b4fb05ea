// The question "is this session alive, and is this its current issue?". It is a value, so that the
// limiter can ask it in the Redis command that decides.
#pragma once

#include <string>

#include <webtool/auth/token_ids.hpp>
#include <webtool/core/clock.hpp>
#include <webtool/core/observer.hpp>

namespace webtool::redis {
class Client;
}

namespace webtool::auth {

/// The session is alive if its record's refresh issue is `refresh` and it expires after `now`. In
/// Redis the record is field `session` of the hash `key`; see lua/session/record.lua.
struct SessionCheck {
  const redis::Client* store = nullptr;  ///< null if only the session store can answer
  std::string key{};
  Id session{};
  Id refresh{};
  Timestamp now{};
  Observer* observer = nullptr;  ///< receives the outcome of the token
};

}  // namespace webtool::auth
