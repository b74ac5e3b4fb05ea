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
  /// The token's scopes; absent (null in JSON) where it names none.
  std::optional<Scope> scope{};
  /// `exp`, `iat`, `jti` (those that are there) and the application's `extra`.
  boost::json::object extra{};
};

/// The claims as AuthData: `extra` holds `exp`, `iat`, `jti` and the claims' own `extra`.
[[nodiscard]] AuthData to_auth_data(ClaimsSet claims);

/// `{"identifier":…,"scope":…,"extra":{…}}`, the documented shape. Times are plain decimals.
[[nodiscard]] std::string to_json(const AuthData& auth);

}  // namespace webtool::auth
