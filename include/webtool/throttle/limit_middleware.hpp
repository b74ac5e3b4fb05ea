// Finds out who makes a request, asks the limiter to decide, and returns the headers of the answer.
// Depends on no framework: a host calls it with a RequestView and the policy of a route.
//
// Identities: a request with a good token is charged to the token's subject. Without one, it is
// charged to the anonymous session of the signed cookie and also to the client's address, which has
// `ip_factor` times the room of a session. Without a good cookie, the address is charged as one
// session, and the answer sets a cookie whose session has already been charged for this request. So
// a client gains nothing by dropping or forging cookies. By collecting or stealing cookies it gains
// at most `ip_factor` times the rule, for the whole address. A rule with `Per::address` counts all
// requests of an address together, also those of users.
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
  /// Authenticates users by token. Null: all clients are anonymous. Must outlive the middleware.
  auth::BaseBackend* auth_backend = nullptr;
  /// Issues and reads anonymous sessions. Null: only the address tells anonymous clients apart.
  /// Must outlive the middleware.
  const auth::BaseAnnoBackend* anno_backend = nullptr;
  /// Finds the client's address. The default trusts no proxy.
  auth::ClientAddress client_address{};
  /// Send RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10).
  bool ratelimit_headers = true;
  /// Send X-RateLimit-Limit, -Remaining and -Reset, which most clients support.
  bool x_ratelimit_headers = true;
  /// Receives the outcomes of the limits of policies that `policy` makes.
  std::shared_ptr<Observer> observer{};
};

/// The decision on a request.
struct Verdict {
  struct Field {
    std::string_view name;  ///< in lower case, from a fixed list
    std::string value;
  };

  bool passed = true;
  /// Who makes the request, or the reason why nobody is known, if the middleware is certain. If
  /// both are empty and `is_certain` is true, call LimitMiddleware::authenticate.
  std::optional<auth::AuthData> auth{};
  boost::system::error_code auth_error{};
  /// False if a store failed that was needed to authenticate. Then nobody is known, and a guard
  /// that requires a user answers 503 without asking again.
  bool is_certain = true;
  /// Add these to the answer, also if a handler makes it; see `apply_headers`.
  std::vector<Field> headers{};
  /// The answer if the request did not pass. Its headers are `headers`.
  unsigned status = 200;
  std::string body{};
};

/// Rules that count a request under a key of the caller, such as an API key or a tenant, instead of
/// its client or address. Do not use keys that clients can choose freely: such a rule limits
/// nobody.
struct RuleKey {
  RuleSet rules = 0;
  std::string key{};
};

class LimitMiddleware {
 public:
  /// `limiter` must outlive the middleware.
  explicit LimitMiddleware(BaseLimiter& limiter, LimitMiddlewareOptions options = {});
  ~LimitMiddleware();

  /// Returns the policy of a route for this middleware. Throws as the constructor of Policy.
  [[nodiscard]] Policy policy(std::string_view route, std::vector<LimitRule> rules) const;

  /// Decides about a request. Never fails because of the store: the rules' `on_store_failure`
  /// applies then. `request` and `policy` must live until the operation completes. If several keys
  /// name a rule, the first one counts it.
  [[nodiscard]] awaitable<Verdict> check(const auth::RequestView& request, const Policy& policy,
                                         std::vector<RuleKey> keys = {});

  /// The kill switch: when disabled, requests pass without authentication or counting. May be
  /// called from any thread.
  void set_enabled(bool enabled) noexcept;

  /// Returns who makes the request, as `auth_backend` does, or TokenError::no_credentials without
  /// one. For routes without rules and for handlers that need the user.
  [[nodiscard]] awaitable<result<auth::AuthData>> authenticate(const auth::RequestView& request);

  [[nodiscard]] const LimitMiddlewareOptions& options() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace webtool::throttle
