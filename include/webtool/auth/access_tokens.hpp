// The check of access tokens. Backends, guards and limits need nothing more of a token service.
//
// A check has two halves: `check` does the part that needs no waiting, and `finish` asks the store
// for the rest. So a caller with another question for the same store can ask both questions at
// once.
#pragma once

#include <optional>
#include <string>

#include <webtool/auth/claims.hpp>
#include <webtool/auth/session_check.hpp>
#include <webtool/core/awaitable.hpp>
#include <webtool/core/result.hpp>

namespace webtool::auth {

/// An access token, checked as far as is possible without waiting.
struct Checked {
  /// The token's claims. Empty if they are not known without waiting.
  std::optional<Claims> claims{};
  /// The session that must still be looked up; empty if `claims` are certain.
  std::optional<SessionCheck> session{};
  /// The token itself, if it has no claims yet.
  std::string token{};
};

/// The port. To check access tokens of another kind, override both functions.
class AccessTokens : public VerifiesTokens {
 public:
  virtual ~AccessTokens() = default;

  /// Checks as much of `access` as is possible without waiting. Returns the result so far, or the
  /// reason to refuse the token.
  [[nodiscard]] virtual result<Checked> check(AccessTokenView access) = 0;
  /// Checks the rest. Returns the token's claims, or the reason to refuse the token. Throws
  /// cache::StoreUnavailable if the store fails.
  [[nodiscard]] virtual awaitable<result<Claims>> finish(Checked checked) = 0;

  /// Calls `check`, then `finish`. Returns the claims of the access token if the token is the
  /// current one of a living session. `access` must live until the operation completes.
  [[nodiscard]] awaitable<result<Claims>> validate_access_token(AccessTokenView access);
};

}  // namespace webtool::auth
