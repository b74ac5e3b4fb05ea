// What a token says (RFC 7519 §4, RFC 8693 §4.2), as the service pages name it.
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <webtool/core/clock.hpp>
#include <webtool/core/result.hpp>
#include <webtool/jose/error.hpp>

namespace webtool::auth {

using jose::TokenError;

/// The two kinds of token, told apart by the header's `typ`: "at+jwt" (RFC 9068) and "rt+jwt".
enum class TokenType { access, refresh };

/// The scopes of a token, each an RFC 6749 §3.3 scope-token.
using Scope = std::vector<std::string>;

/// Not an aggregate: GCC 12 miscompiles a braced aggregate inside a co_await expression, and
/// `co_await service.create_token({"123"})` is what people write.
struct Claims {
  Claims() = default;
  // NOLINTNEXTLINE(google-explicit-constructor)
  Claims(std::string subject, std::optional<Scope> scopes = {}, boost::json::object more = {})
      : sub(std::move(subject)), scope(std::move(scopes)), extra(std::move(more)) {}

  /// Whom the token is about: 1 to 255 bytes of UTF-8. Required.
  std::string sub{};
  /// What it permits. Absent is not the same as empty: absent says nothing, empty permits nothing.
  std::optional<Scope> scope{};
  /// Anything the application adds, as the claim `extra`.
  boost::json::object extra{};
  /// Claims of the application's own names, beside `sub` (RFC 7519 §4.3): `role`, `email`.
  boost::json::object private_claims{};

  // Set by the service. What a caller puts here when creating a token is not looked at.
  Timestamp exp{};
  Timestamp iat{};
  std::string jti{};

  // Present when the manager is configured to set and require them.
  std::optional<std::string> iss{};
  std::vector<std::string> aud{};
  std::optional<Timestamp> nbf{};
};

/// The claims as the JSON object that is signed.
[[nodiscard]] std::string to_json(const Claims& claims);

/// Reads a payload. Claims of other names are `private_claims`. Gives TokenError::malformed where
/// it is no strict JSON object, invalid_claims where `sub`, `exp`, `iat` or `jti` is missing or any
/// known claim is of the wrong type or range.
[[nodiscard]] result<Claims> parse_claims(std::string_view json);

/// Throws std::invalid_argument that names the claim, where `claims` cannot go into a new token:
/// `sub` empty, over 255 bytes or no UTF-8, a scope that is no scope-token, an `extra` or private
/// claims that are not UTF-8, not finite, or nested deeper than 14, or a private claim of a name
/// that has a meaning of its own (see meaning_of).
void check_claims(const Claims& claims);

/// What sets the claim of that name, where that is not the application by `private_claims`; empty
/// for names that are the application's.
[[nodiscard]] std::string_view meaning_of(std::string_view name) noexcept;

/// The words of a space-separated scope, as requests and tokens have it.
[[nodiscard]] Scope split_scope(std::string_view text);

/// True where every scope of `needed` is in `granted`; nothing is ever in an absent one.
[[nodiscard]] bool includes(const std::optional<Scope>& granted, const Scope& needed) noexcept;

}  // namespace webtool::auth
