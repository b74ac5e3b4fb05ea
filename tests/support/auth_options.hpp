// Options of a token service and of anonymous sessions, for tests to which the keys do not matter.
#pragma once

#include <utility>

#include <webtool/auth/anno_session_backend.hpp>
#include <webtool/auth/jwt_service.hpp>

namespace webtool::test {

inline auth::JWTServiceOptions token_options(Clock clock = system_now) {
  auth::JWTServiceOptions options;
  options.secret_key = jose::Key::from_secret("a secret of at least 32 bytes, it says");
  options.clock = std::move(clock);
  return options;
}

inline auth::AnnoSessionOptions cookie_options(Clock clock = system_now) {
  auth::AnnoSessionOptions options;
  options.secret_keys.emplace_back("cookies are signed with this one");
  options.clock = std::move(clock);
  return options;
}

}  // namespace webtool::test
