// The question "is this session alive, and is this its current issue?". It is a value, so that the
// limiter can ask it in the Redis command that decides.
//
// A store can lose its last changes, for example when a replica takes over from its master. The
// record of a session may then be older than its newest token. Each issue of a session has a later
// time than the one before it, so an issue whose time is later than the record's last rotation
// proves a lost change. It counts as current. See "Lost changes" in ARCHITECTURE.md.
#pragma once

#include <string>

#include <webtool/auth/token_ids.hpp>
#include <webtool/core/clock.hpp>
#include <webtool/core/observer.hpp>

namespace webtool::redis {
class Client;
}

namespace webtool::auth {

/// The issue of a token, and when the token was issued.
struct Issue {
  Id refresh{};        ///< the issue of the refresh token, also for an access token of its pair
  Timestamp issued{};  ///< see issue_time; 1970 if unknown, so that it is never later than a record
};

/// The session is alive if `issue` is current in its record and it expires after `now`. In Redis
/// the record is field `session` of the hash `key`; see lua/session/record.lua.
struct SessionCheck {
  const redis::Client* store = nullptr;  ///< null if only the session store can answer
  std::string key{};
  Id session{};
  Issue issue{};
  Timestamp now{};
  Observer* observer = nullptr;  ///< receives the outcome of the token
};

}  // namespace webtool::auth
