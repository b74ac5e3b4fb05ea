// The reasons to refuse a token. One enum covers all steps from bytes to session: jose/ returns the
// reasons above the line, auth/ returns those below it.
//
// The reasons are for logs, metrics and tests. A client learns no more than RFC 6750 allows: the
// answer to every refused token is the same 401 `invalid_token`.
#pragma once

#include <boost/system/error_code.hpp>

namespace webtool::jose {

enum class TokenError {
  malformed = 1,  ///< not three canonical base64url segments with valid content (RFC 7515 §5.2)
  too_large,      ///< longer than the maximum size; no part was decoded
  unsupported_header,  ///< `crit`, `zip`, nested JWT, or a key embedded or referenced in the header
  algorithm_mismatch,  ///< `alg` is not the algorithm of the key (`none` never is)
  unknown_key,         ///< no key of the ring has this `kid`, or no `kid` and more than one key
  bad_signature,       ///< the signature is invalid
  wrong_type,          ///< `typ` is not the expected kind of token (RFC 8725 §3.11)
  // ── auth ──
  invalid_claims,     ///< a required claim is missing, or a claim is of the wrong type or range
  expired,            ///< `exp` has passed
  not_yet_valid,      ///< `nbf` or `iat` lies in the future
  lifetime_too_long,  ///< `exp` − `iat` exceeds the lifetime of this service's tokens
  wrong_issuer,       ///< `iss` is not the configured issuer
  wrong_audience,     ///< `aud` does not contain the configured audience
  subject_mismatch,   ///< the `sub` of the given data is not the token's `sub`
  pair_mismatch,      ///< the access token was not issued together with the refresh token
  scope_exceeded,     ///< a rotation requested a scope that the refresh token lacks (RFC 6749 §6)
  unknown_token,      ///< the session does not exist (ended, expired, or the store was emptied)
  revoked,            ///< the session continues, but another token has replaced this one
  token_reused,       ///< a spent refresh token was used again, so its session was ended
  no_credentials,     ///< the request has no bearer token
  multiple_credentials,  ///< the request has more than one bearer token (RFC 6750 §2)
};

/// The category of TokenError, named "webtool.token".
[[nodiscard]] const boost::system::error_category& token_category() noexcept;

[[nodiscard]] boost::system::error_code make_error_code(TokenError error) noexcept;

}  // namespace webtool::jose

template <>
struct boost::system::is_error_code_enum<webtool::jose::TokenError> : std::true_type {};
