// Anonymous sessions: a service sets a cookie for each client without a token, to tell these
// clients apart. The cookie's value is signed, so clients cannot forge it. Nothing is stored.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/auth/base_anno_backend.hpp>
#include <webtool/core/clock.hpp>
#include <webtool/core/secret.hpp>
#include <webtool/jose/key.hpp>

namespace webtool::auth {

/// Which cross-site requests carry the cookie.
enum class SameSite { strict, lax, none };

struct AnnoSessionOptions {
  /// The first key signs, all keys verify. To rotate, put a new key in front. Each key has at least
  /// 16 bytes, better 32. All processes need the same keys. Empty: a random key is made, and a
  /// warning is logged. Cookies are then valid only in this process.
  std::vector<Secret> secret_keys{};
  /// A name with the prefix `__Host-` needs `secure`, path "/" and no domain. The prefix
  /// `__Secure-` needs `secure`.
  std::string session_name = "th-session";
  /// From 1 second to 400 days, the longest time that browsers keep a cookie.
  std::chrono::seconds max_age{1'209'600};
  bool secure = true;
  SameSite same_site = SameSite::lax;  ///< none needs secure
  /// Browsers keep a cookie for each top-level site (CHIPS), so that pages which other sites embed
  /// can have sessions. Needs `secure`, and SameSite::none to be of use.
  bool partitioned = false;
  std::string path = "/";
  std::string domain{};  ///< empty: only the host that sets the cookie
  /// All anonymous sessions of one address together may do this many times as much as one session.
  /// At least 1.
  unsigned ip_factor = default_ip_factor;
  Clock clock = system_now;
};

class AnnoSessionBackend final : public BaseAnnoBackend {
 public:
  /// Throws std::invalid_argument that names the invalid option.
  explicit AnnoSessionBackend(AnnoSessionOptions options);

  /// Returns the session of the request's cookie, or the error of `verify`. Without the cookie:
  /// no_credentials. With several cookies of that name: multiple_credentials. With more than 256
  /// cookies of any name: too_large.
  [[nodiscard]] result<AnnoSession> read(const RequestView& request) const override;
  /// Returns the session of a cookie's value. If this backend did not issue the value: malformed or
  /// bad_signature. At `max_age` or older: expired. Issued more than five minutes from now:
  /// not_yet_valid.
  [[nodiscard]] result<AnnoSession> verify(std::string_view value) const;

  /// Returns a new session with a random id.
  [[nodiscard]] AnnoSession issue() const override;
  /// Returns the value of the Set-Cookie header that sets or renews the cookie of `session`. It is
  /// signed with the first key, issued now, and HttpOnly. Throws std::invalid_argument if this
  /// backend did not issue the id.
  [[nodiscard]] std::string set_cookie(const AnnoSession& session) const override;

  [[nodiscard]] unsigned ip_factor() const noexcept override { return ip_factor_; }

 private:
  std::vector<jose::Key> keys_{};
  std::string name_{};
  std::string signed_prefix_{};  ///< put before every value that is signed
  std::string attributes_{};
  std::chrono::seconds max_age_;
  unsigned ip_factor_;
  Clock clock_{};
};

}  // namespace webtool::auth
