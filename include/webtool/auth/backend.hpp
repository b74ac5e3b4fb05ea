// Backends say who makes a request: by bearer token, by address, by session cookie.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <webtool/auth/auth_data.hpp>
#include <webtool/auth/client_address.hpp>
#include <webtool/auth/jwt_service.hpp>
#include <webtool/auth/request_view.hpp>
#include <webtool/auth/session_check.hpp>
#include <webtool/core/awaitable.hpp>

namespace webtool::auth {

/// The port. Bring your own by overriding it.
class BaseBackend {
 public:
  virtual ~BaseBackend() = default;
  /// Who makes the request; TokenError::no_credentials where it does not say, another TokenError
  /// where what it says is not to be believed. Throws cache::StoreUnavailable where that cannot be
  /// found out.
  [[nodiscard]] virtual awaitable<result<AuthData>> authenticate(const RequestView& request) = 0;
  /// As much of authenticate as can be done without waiting. What is left, the look at a session,
  /// is for `finish`, or for a caller that asks the session's store itself. Nothing where the
  /// backend has no such way: then authenticate.
  [[nodiscard]] virtual std::optional<result<PendingAuth>> begin(const RequestView& request);
  /// The rest, for what `begin` has given: as authenticate would end.
  [[nodiscard]] virtual awaitable<result<AuthData>> finish(PendingAuth pending);
};

/// `Authorization: Bearer <access token>` (RFC 6750 §2.1), checked by a token service.
class JWTBackend final : public BaseBackend {
 public:
  /// `service` must outlive the backend.
  explicit JWTBackend(BaseJWTService& service) : service_(service) {}
  awaitable<result<AuthData>> authenticate(const RequestView& request) override;
  std::optional<result<PendingAuth>> begin(const RequestView& request) override;
  awaitable<result<AuthData>> finish(PendingAuth pending) override;

 private:
  BaseJWTService& service_;
};

/// The client's address, as `identifier` (see address_identity). Never fails.
class IPBackend final : public BaseBackend {
 public:
  /// By default, the client is the other end of the connection.
  explicit IPBackend(ClientAddress client_address = {})
      : client_address_(std::move(client_address)) {}
  awaitable<result<AuthData>> authenticate(const RequestView& request) override;

 private:
  ClientAddress client_address_;
};

/// The value of a cookie, as `identifier`: for session ids that another layer has issued and
/// checked. It is an *unverified* identity. One cookie of that name, of 1 to 128 characters of
/// RFC 6265 cookie-octet; otherwise no_credentials, malformed, multiple_credentials, or too_large
/// for a request with more than 256 cookies.
class SessionBackend final : public BaseBackend {
 public:
  explicit SessionBackend(std::string cookie_name);
  awaitable<result<AuthData>> authenticate(const RequestView& request) override;

 private:
  std::string cookie_name_;
};

/// The token of an `Authorization` header value of the Bearer scheme, RFC 6750 §2.1: scheme in any
/// letter case, spaces, a token68. Gives no_credentials for another scheme, malformed otherwise.
[[nodiscard]] result<std::string_view> parse_bearer(std::string_view authorization);

}  // namespace webtool::auth
