// Finds out who makes a request, has the limiter decide, and says what the answer must carry. It
// belongs to no framework: a host gives it a RequestView and a route's policy.
//
// Who is charged: a good token's subject. Otherwise the anonymous session of a signed cookie
// together with its address, which has `ip_factor` times the room; without a good cookie the
// address as if it were one session, and a cookie is handed out that has this request charged
// already. So dropping and forging cookies gain nothing; hoarding or stealing them gains at most
// `ip_factor` times the rule, for all of one address together. Rules with `Per::address` count all
// of an address as one, users too.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/auth/anno_session_backend.hpp>
#include <webtool/auth/backend.hpp>
#include <webtool/auth/client_address.hpp>
#include <webtool/core/awaitable.hpp>
#include <webtool/core/observer.hpp>
#include <webtool/throttle/base_limiter.hpp>
#include <webtool/throttle/policy.hpp>

namespace webtool::throttle {

struct LimitMiddlewareOptions {
  /// Tells who has a good token; without, everyone is anonymous. Must outlive the middleware.
  auth::BaseBackend* auth_backend = nullptr;
  /// Hands out and reads anonymous sessions; without, the anonymous are told apart by address
  /// alone. Must outlive the middleware.
  const auth::BaseAnnoBackend* anno_backend = nullptr;
  /// Which address a request comes from; the default believes no proxy.
  auth::ClientAddress client_address{};
  /// Send RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10).
  bool ratelimit_headers = true;
  /// Send X-RateLimit-Limit, -Remaining and -Reset, which most clients know.
  bool x_ratelimit_headers = true;
  /// Told of the limits of policies that this middleware makes.
  std::shared_ptr<Observer> observer{};
};

/// What becomes of a request.
struct Verdict {
  struct Field {
    std::string_view name;  ///< in lower case; one of a fixed few
    std::string value;
  };

  bool passed = true;
  /// Who makes the request, or why that is nobody, where the middleware has found out for certain.
  /// With neither, LimitMiddleware::authenticate is still to be asked, unless `is_certain` is
  /// false.
  std::optional<auth::AuthData> auth{};
  boost::system::error_code auth_error{};
  /// False if a store failed that had to be asked: nobody is known, a guard that must know says
  /// 503, and nobody is asked a second time.
  bool is_certain = true;
  /// To be added to the answer, whoever makes it; see `apply_headers`.
  std::vector<Field> headers{};
  /// The answer, where the request has not passed; its header is `headers`.
  unsigned status = 200;
  std::string body{};
};

/// Rules that are to count a request under a key of the caller's, such as an API key or a tenant,
/// rather than under its client or address. A key that clients can make up at will limits nobody.
struct RuleKey {
  RuleSet rules = 0;
  std::string key{};
};

class LimitMiddleware {
 public:
  /// `limiter` must outlive the middleware.
  explicit LimitMiddleware(BaseLimiter& limiter, LimitMiddlewareOptions options = {});
  ~LimitMiddleware();

  /// A route's policy, for this middleware. Throws as Policy does.
  [[nodiscard]] Policy policy(std::string_view route, std::vector<LimitRule> rules) const;

  /// Decides. Never fails because of the store: then the rules say what to do. `request` and
  /// `policy` must live until this completes. Of several keys, a rule is counted under the first.
  [[nodiscard]] awaitable<Verdict> check(const auth::RequestView& request, const Policy& policy,
                                         std::vector<RuleKey> keys = {});

  /// The kill switch: when disabled, requests pass without authentication or counting. From any
  /// thread.
  void set_enabled(bool enabled) noexcept;

  /// Who makes the request, for routes without rules and for handlers that must know; as
  /// `auth_backend` has it, or TokenError::no_credentials where there is none.
  [[nodiscard]] awaitable<result<auth::AuthData>> authenticate(const auth::RequestView& request);

  [[nodiscard]] const LimitMiddlewareOptions& options() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace webtool::throttle
