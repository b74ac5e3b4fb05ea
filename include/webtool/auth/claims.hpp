// What a token says (RFC 7519 §4, RFC 8693 §4.2), as the service pages name it, in three types:
// Grant is what a caller asks for, ClaimsSet is what is signed, and Claims is what a manager has
// verified.
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <webtool/auth/token.hpp>
#include <webtool/core/clock.hpp>
#include <webtool/core/result.hpp>
#include <webtool/jose/error.hpp>

namespace webtool::auth {

using jose::TokenError;

/// The scopes of a token, each an RFC 6749 §3.3 scope-token.
using Scope = std::vector<std::string>;

/// What a caller asks a new token to say. Not verified.
///
/// Not an aggregate: GCC 12 miscompiles a braced aggregate inside a co_await expression, and
/// `co_await service.create_token({"123"})` is what people write.
struct Grant {
  Grant() = default;
  Grant(std::string subject, std::optional<Scope> scopes = {}, boost::json::object more = {})
      : sub(std::move(subject)), scope(std::move(scopes)), extra(std::move(more)) {}

  /// Whom the token is about: 1 to 255 bytes of UTF-8. Required.
  std::string sub{};
  /// What it permits. Absent is not the same as empty: absent says nothing, empty permits nothing.
  std::optional<Scope> scope{};
  /// Anything the application adds, as the claim `extra`.
  boost::json::object extra{};
  /// Claims of the application's own names, beside `sub` (RFC 7519 §4.3): `role`, `email`.
  boost::json::object private_claims{};
};

/// The claims set of a token (RFC 7519 §4): a grant and what the service and the manager add.
/// Anyone can make one, so it proves nothing.
struct ClaimsSet : Grant {
  ClaimsSet() = default;
  explicit ClaimsSet(Grant grant) : Grant(std::move(grant)) {}

  Timestamp exp{};
  Timestamp iat{};
  std::string jti{};

  // Present if the manager is configured to set and require them.
  std::optional<std::string> iss{};
  std::vector<std::string> aud{};
  std::optional<Timestamp> nbf{};
};

/// The claims set of a token that has been verified. Only what verifies tokens makes one that says
/// anything; see VerifiesTokens.
class Claims : public ClaimsSet {
 public:
  /// Empty claims, without a subject: Asio's co_spawn needs a default value.
  Claims() = default;

 private:
  friend class VerifiesTokens;
  explicit Claims(ClaimsSet claims) : ClaimsSet(std::move(claims)) {}
};

/// The base of what verifies tokens: managers, and services that check access tokens in a way of
/// their own.
class VerifiesTokens {
 protected:
  ~VerifiesTokens() = default;
  /// Says that `claims` are those of a token whose signature, type and times have been checked.
  [[nodiscard]] static Claims verified(ClaimsSet claims) { return Claims(std::move(claims)); }
};

/// The claims as the JSON object that is signed.
[[nodiscard]] std::string to_json(const ClaimsSet& claims);

/// Reads the payload of a token. Claims of other names become `private_claims`. Returns
/// TokenError::malformed if `json` is not a strict JSON object, and invalid_claims if `sub`, `exp`,
/// `iat` or `jti` is missing or a known claim is of the wrong type or out of range.
[[nodiscard]] result<ClaimsSet> parse_claims(std::string_view json);

/// Throws std::invalid_argument that names the claim, if `grant` cannot go into a new token: `sub`
/// is empty, longer than 255 bytes or not UTF-8, a scope is not a scope-token, `extra` or a private
/// claim is not UTF-8, not finite or nested deeper than 14, or a private claim has a name with a
/// meaning of its own (see meaning_of).
void check_grant(const Grant& grant);

/// What sets the claim of that name, if the application cannot set it through `private_claims`;
/// empty for names that are the application's.
[[nodiscard]] std::string_view meaning_of(std::string_view name) noexcept;

/// True if `text` is a scope-token (RFC 6749 §3.3): visible ASCII except `"` and `\`.
[[nodiscard]] bool is_scope_token(std::string_view text) noexcept;

/// The words of a space-separated scope, as requests and tokens have it.
[[nodiscard]] Scope split_scope(std::string_view text);

/// True if every scope of `needed` is in `granted`. An absent scope contains nothing.
[[nodiscard]] bool includes(const std::optional<Scope>& granted, const Scope& needed) noexcept;

}  // namespace webtool::auth
