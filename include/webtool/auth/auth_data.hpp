// Who makes a request, as handlers see it.
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>

#include <webtool/auth/claims.hpp>

namespace webtool::auth {

struct AuthData {
  /// The subject: the token's `sub`.
  std::string identifier{};
  /// The token's scopes. Absent (null in JSON) if the token has no scope claim.
  std::optional<Scope> scope{};
  /// `exp`, `iat` and `jti` if present, and the application's `extra`.
  boost::json::object extra{};
};

/// Returns the claims as AuthData: `extra` holds `exp`, `iat`, `jti` and the claims' own `extra`.
[[nodiscard]] AuthData to_auth_data(ClaimsSet claims);

/// Returns `{"identifier":…,"scope":…,"extra":{…}}`. Times are plain decimals.
[[nodiscard]] std::string to_json(const AuthData& auth);

}  // namespace webtool::auth
