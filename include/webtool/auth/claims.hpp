// The claims of a token (RFC 7519 §4, RFC 8693 §4.2), in three types. A caller asks for a Grant. A
// manager signs a ClaimsSet. A manager returns Claims after it has verified a token.
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

/// What a caller asks for in a new token. Not verified.
///
/// Not an aggregate: GCC 12 miscompiles a braced aggregate inside a co_await expression such as
/// `co_await service.create_token({"123"})`.
struct Grant {
  Grant() = default;
  Grant(std::string subject, std::optional<Scope> scopes = {}, boost::json::object more = {})
      : sub(std::move(subject)), scope(std::move(scopes)), extra(std::move(more)) {}

  /// The subject: 1 to 255 bytes of UTF-8. Required.
  std::string sub{};
  /// The scopes that the token permits. Absent and empty differ: absent makes no statement, empty
  /// permits nothing.
  std::optional<Scope> scope{};
  /// Any data of the application, as the claim `extra`.
  boost::json::object extra{};
  /// Claims with names that the application chooses (RFC 7519 §4.3), such as `role` or `email`.
  boost::json::object private_claims{};
};

/// The claims set of a token (RFC 7519 §4): a grant, and the claims that the service and the
/// manager add. Any code can make a ClaimsSet, so it proves nothing.
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

/// The claims set of a token that has been verified. Only a class that derives from VerifiesTokens
/// can make one with content.
class Claims : public ClaimsSet {
 public:
  /// Empty claims without a subject, because Asio's co_spawn needs a default value.
  Claims() = default;

 private:
  friend class VerifiesTokens;
  explicit Claims(ClaimsSet claims) : ClaimsSet(std::move(claims)) {}
};

/// The base of classes that verify tokens: managers, and services that check access tokens in their
/// own way.
class VerifiesTokens {
 protected:
  ~VerifiesTokens() = default;
  /// Returns `claims` as verified. Call it only for a token whose signature, type and times have
  /// been checked.
  [[nodiscard]] static Claims verified(ClaimsSet claims) { return Claims(std::move(claims)); }
};

/// Returns the claims as the JSON object that is signed.
[[nodiscard]] std::string to_json(const ClaimsSet& claims);

/// Reads the payload of a token. Claims of other names become `private_claims`. Returns
/// TokenError::malformed if `json` is not a strict JSON object, and invalid_claims if `sub`, `exp`,
/// `iat` or `jti` is missing or a known claim is of the wrong type or out of range.
[[nodiscard]] result<ClaimsSet> parse_claims(std::string_view json);

/// Throws std::invalid_argument that names the claim if a new token cannot contain `grant`:
/// - `sub` is empty, longer than 255 bytes or not UTF-8;
/// - a scope is not a scope-token;
/// - `extra` or a private claim is not UTF-8, not finite or nested deeper than 14;
/// - a private claim has a reserved name (see meaning_of).
void check_grant(const Grant& grant);

/// Returns what sets the claim of that name, if the application cannot set it through
/// `private_claims`. Empty if the application may use the name.
[[nodiscard]] std::string_view meaning_of(std::string_view name) noexcept;

/// Returns true if `text` is a scope-token (RFC 6749 §3.3): visible ASCII except `"` and `\`.
[[nodiscard]] bool is_scope_token(std::string_view text) noexcept;

/// Splits a space-separated scope, the format in requests and tokens.
[[nodiscard]] Scope split_scope(std::string_view text);

/// Returns true if every scope of `needed` is in `granted`. An absent scope contains nothing.
[[nodiscard]] bool includes(const std::optional<Scope>& granted, const Scope& needed) noexcept;

}  // namespace webtool::auth
