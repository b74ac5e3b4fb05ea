// A backend finds out who makes a request: by bearer token, by address, or by session cookie.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <webtool/auth/access_tokens.hpp>
#include <webtool/auth/auth_data.hpp>
#include <webtool/auth/client_address.hpp>
#include <webtool/auth/request_view.hpp>
#include <webtool/core/awaitable.hpp>

namespace webtool::auth {

/// The port. To bring a backend of your own, override `authenticate`.
class BaseBackend {
 public:
  virtual ~BaseBackend() = default;
  /// Returns who makes the request; TokenError::no_credentials if the request has no credentials,
  /// another TokenError if they are refused. Throws cache::StoreUnavailable if a store fails.
  [[nodiscard]] virtual awaitable<result<AuthData>> authenticate(const RequestView& request) = 0;
  /// The first half of `authenticate`: AccessTokens::check of the request's access token. Returns
  /// nothing if the backend knows no access tokens, as by default. Then call `authenticate`.
  [[nodiscard]] virtual std::optional<result<Checked>> begin(const RequestView& request);
  /// The second half of `authenticate`, for the value that `begin` returned.
  [[nodiscard]] virtual awaitable<result<AuthData>> finish(Checked checked);
};

/// `Authorization: Bearer <access token>` (RFC 6750 §2.1), checked by a token service or by any
/// other AccessTokens.
class JWTBackend final : public BaseBackend {
 public:
  /// `tokens` must outlive the backend.
  explicit JWTBackend(AccessTokens& tokens) : tokens_(tokens) {}
  awaitable<result<AuthData>> authenticate(const RequestView& request) override;
  std::optional<result<Checked>> begin(const RequestView& request) override;
  awaitable<result<AuthData>> finish(Checked checked) override;

 private:
  AccessTokens& tokens_;
};

/// Returns the client's address as `identifier` (see address_identity). Never fails.
class IPBackend final : public BaseBackend {
 public:
  /// By default, the client is the peer of the connection.
  explicit IPBackend(ClientAddress client_address = {})
      : client_address_(std::move(client_address)) {}
  awaitable<result<AuthData>> authenticate(const RequestView& request) override;

 private:
  ClientAddress client_address_;
};

/// Returns the value of a cookie as `identifier`, for session ids that another layer has issued and
/// checked. The backend does *not* verify this identity. The value must have 1 to 128 characters of
/// RFC 6265 cookie-octet, otherwise: malformed. Without the cookie: no_credentials. With several
/// cookies of that name: multiple_credentials. With more than 256 cookies of any name: too_large.
class SessionBackend final : public BaseBackend {
 public:
  explicit SessionBackend(std::string cookie_name);
  awaitable<result<AuthData>> authenticate(const RequestView& request) override;

 private:
  std::string cookie_name_;
};

/// Returns the token of an `Authorization` header value of the Bearer scheme (RFC 6750 §2.1): the
/// scheme in any letter case, spaces, a token68. Returns no_credentials for another scheme, and
/// malformed for any other error.
[[nodiscard]] result<std::string_view> parse_bearer(std::string_view authorization);

}  // namespace webtool::auth
