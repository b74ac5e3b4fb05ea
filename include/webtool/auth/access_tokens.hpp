// What access tokens say. Backends, guards and limits need nothing more of a token service.
//
// A check has two halves, so that a caller with another question for the same store can ask both at
// once: `check` does what needs no waiting, and `finish` asks the store for the rest.
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
  /// What the token says; empty if even that takes waiting.
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

  /// Checks as much of `access` as is possible without waiting. Returns why the token is refused,
  /// or what is known so far.
  [[nodiscard]] virtual result<Checked> check(AccessTokenView access) = 0;
  /// Checks the rest. Returns what the token says, or why it is refused. Throws
  /// cache::StoreUnavailable if the store fails.
  [[nodiscard]] virtual awaitable<result<Claims>> finish(Checked checked) = 0;

  /// What the access token says, if it is the current one of a living session: `check`, then
  /// `finish`. `access` must live until the operation completes.
  [[nodiscard]] awaitable<result<Claims>> validate_access_token(AccessTokenView access);
};

}  // namespace webtool::auth
