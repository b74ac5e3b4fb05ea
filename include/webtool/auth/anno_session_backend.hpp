// Anonymous sessions: a cookie that a service hands to clients it does not know, so that it can
// tell them apart. Its value is signed, so that nobody can make one up, and nothing is stored.
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

/// Which requests that come from other sites carry the cookie.
enum class SameSite { strict, lax, none };

struct AnnoSessionOptions {
  /// The first signs, all verify: rotate by putting a new one in front. Of at least 16 bytes each,
  /// better 32, and the same in all processes. Empty: a random one, with a warning; cookies are
  /// then good in this process alone, and until it ends.
  std::vector<Secret> secret_keys{};
  /// A name that begins with `__Host-` needs secure, path "/" and no domain; `__Secure-`, secure.
  std::string session_name = "th-session";
  /// Up to 400 days, as long as browsers keep a cookie.
  std::chrono::seconds max_age{1'209'600};
  bool secure = true;
  SameSite same_site = SameSite::lax;  ///< none needs secure
  std::string path = "/";
  std::string domain{};  ///< empty: the host that sets it, alone
  /// How many times what one anonymous session may do is allowed to all of one address together.
  unsigned ip_factor = default_ip_factor;
  Clock clock = system_now;
};

class AnnoSessionBackend final : public BaseAnnoBackend {
 public:
  /// Throws std::invalid_argument, naming the option, for impossible ones.
  explicit AnnoSessionBackend(AnnoSessionOptions options);

  /// The session of the request's cookie, as verify() has it: no_credentials where there is none,
  /// multiple_credentials where there are several, too_large where there are over 256 cookies of
  /// any name.
  [[nodiscard]] result<AnnoSession> read(const RequestView& request) const override;
  /// The session of a cookie's value: malformed or bad_signature where it is not one of ours,
  /// expired past max_age, not_yet_valid where it was issued over five minutes from now.
  [[nodiscard]] result<AnnoSession> verify(std::string_view value) const;

  /// A new session, with an id nobody can guess.
  [[nodiscard]] AnnoSession issue() const override;
  /// The value of the Set-Cookie header that gives `session` to the client, or renews it: signed
  /// with the first key, issued now, HttpOnly.
  /// Throws std::invalid_argument for an id that is none of ours.
  [[nodiscard]] std::string set_cookie(const AnnoSession& session) const override;

  [[nodiscard]] unsigned ip_factor() const noexcept override { return ip_factor_; }

 private:
  std::vector<jose::Key> keys_{};
  std::string name_{};
  std::string signed_prefix_{};  ///< what goes before every signed value
  std::string attributes_{};
  std::chrono::seconds max_age_;
  unsigned ip_factor_;
  Clock clock_{};
};

}  // namespace webtool::auth
