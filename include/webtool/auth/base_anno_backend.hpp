// The port of anonymous sessions: how LimitMiddleware tells clients apart that have no token. Bring
// your own to keep the session in another cookie, or in a header.
#pragma once

#include <string>

#include <webtool/auth/backend.hpp>
#include <webtool/core/clock.hpp>

namespace webtool::auth {

/// How many times what one anonymous session may do is allowed to all of one address together: room
/// for a household or a small office, while an attacker who hoards sessions gains no more than
/// that.
inline constexpr unsigned default_ip_factor = 5;

struct AnnoSession {
  /// AnnoSessionBackend: 22 characters of base64url, 128 random bits. Of your own: any bytes that
  /// clients cannot choose; empty is no session.
  std::string id{};
  Timestamp issued{};  ///< in whole seconds
  /// The cookie is to be set again: past half of its age, or signed with an old key.
  bool renew = false;
};

class BaseAnnoBackend : public BaseBackend {
 public:
  /// The session that the request proves to have, or a TokenError. Must not believe what a client
  /// can make up: whoever can choose ids has as many sessions as it likes.
  [[nodiscard]] virtual result<AnnoSession> read(const RequestView& request) const = 0;
  /// A new session, for a client that has none.
  [[nodiscard]] virtual AnnoSession issue() const = 0;
  /// The value of the Set-Cookie header that gives `session` to the client. Asked for after the
  /// request has passed; a client that is refused gets none.
  [[nodiscard]] virtual std::string set_cookie(const AnnoSession& session) const = 0;
  /// At least 1; asked once for each policy.
  [[nodiscard]] virtual unsigned ip_factor() const noexcept { return default_ip_factor; }

  /// The session's id as `identifier`, or the error of read().
  awaitable<result<AuthData>> authenticate(const RequestView& request) override;
};

}  // namespace webtool::auth
