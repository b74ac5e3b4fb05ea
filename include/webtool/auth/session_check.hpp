// An access token that is good but for a look at its session, and what there is to look at: so that
// whoever has a question for the same Redis can ask both at once.
#pragma once

#include <optional>
#include <string>

#include <webtool/auth/auth_data.hpp>
#include <webtool/core/clock.hpp>
#include <webtool/core/observer.hpp>

namespace webtool::redis {
class Client;
}

namespace webtool::auth {

/// The session is alive if its record's refresh issue is `refresh` and it expires after `now`. In
/// Redis the record is field `session` of the hash `key`; see lua/session/record.lua.
struct SessionCheck {
  const redis::Client* store = nullptr;  ///< null where only the service can look
  std::string key{};
  std::string session{};
  std::string refresh{};
  Timestamp now{};
  Observer* observer = nullptr;  ///< to be told what became of the token
};

/// Who makes a request, if the session is alive; without a `session`, for certain.
struct PendingAuth {
  AuthData auth{};
  std::optional<SessionCheck> session{};
};

}  // namespace webtool::auth
