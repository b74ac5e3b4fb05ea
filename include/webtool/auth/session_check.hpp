// An access token that is good but for one look at Redis, and what there is to look at: so that
// whoever has a question for the same Redis can ask both at once.
#pragma once

#include <optional>
#include <string>

#include <webtool/auth/auth_data.hpp>
#include <webtool/core/clock.hpp>

namespace webtool::redis {
class Client;
}

namespace webtool::auth {

/// The session is alive if field `session` of the hash `key` is a record whose refresh issue is
/// `refresh` and which expires after `now`; see lua/session/record.lua.
struct SessionCheck {
  const redis::Client* store = nullptr;
  std::string key{};
  std::string session{};
  std::string refresh{};
  Timestamp now{};
};

/// Who makes a request, if the session is alive; without a `session`, for certain.
struct PendingAuth {
  AuthData auth{};
  std::optional<SessionCheck> session{};
};

}  // namespace webtool::auth
