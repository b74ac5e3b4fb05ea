// The port of anonymous sessions. LimitMiddleware uses it to tell clients without a token apart.
// Implement it to keep the session in another cookie or in a header.
#pragma once

#include <string>

#include <webtool/auth/backend.hpp>
#include <webtool/core/clock.hpp>

namespace webtool::auth {

/// All anonymous sessions of one address together may do this many times as much as one session.
/// That is room for a household or a small office. An attacker with many sessions gains no more
/// than that.
inline constexpr unsigned default_ip_factor = 5;

struct AnnoSession {
  /// AnnoSessionBackend makes 22 characters of base64url, 128 random bits. Other backends: any
  /// bytes that clients cannot choose. Empty: no session.
  std::string id{};
  Timestamp issued{};  ///< in whole seconds
  /// Set the cookie again: it has passed half of its age, or an old key signed it.
  bool renew = false;
};

class BaseAnnoBackend : public BaseBackend {
 public:
  /// Returns the session that the request proves to have, or a TokenError. Must not trust an id
  /// that a client can choose: such a client would have any number of sessions.
  [[nodiscard]] virtual result<AnnoSession> read(const RequestView& request) const = 0;
  /// Returns a new session, for a client without one.
  [[nodiscard]] virtual AnnoSession issue() const = 0;
  /// Returns the value of the Set-Cookie header that sets the cookie of `session`. LimitMiddleware
  /// calls this only for requests that pass. A client whose request is denied gets no session.
  [[nodiscard]] virtual std::string set_cookie(const AnnoSession& session) const = 0;
  /// At least 1. Read once for each policy.
  [[nodiscard]] virtual unsigned ip_factor() const noexcept { return default_ip_factor; }

  /// Returns the session's id as `identifier`, or the error of `read`.
  awaitable<result<AuthData>> authenticate(const RequestView& request) override;
};

}  // namespace webtool::auth
