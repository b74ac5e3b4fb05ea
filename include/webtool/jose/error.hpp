// Why a token is not trusted. One enum for the whole way from bytes to session, so that a caller
// has one place to look; jose/ gives the reasons above the line, auth/ those below it.
//
// The reasons are for logs, metrics and tests. A client is told no more than RFC 6750 says:
// every untrusted token is the same 401 `invalid_token`.
#pragma once

#include <boost/system/error_code.hpp>

namespace webtool::jose {

enum class TokenError {
  malformed = 1,  ///< not three canonical base64url segments of the right content (RFC 7515 §5.2)
  too_large,      ///< longer than the cap; nothing of it was decoded
  unsupported_header,  ///< `crit`, `zip`, nested JWT, or a key embedded or referenced in the header
  algorithm_mismatch,  ///< `alg` is not the one its key is pinned to (`none` included)
  unknown_key,         ///< no key of the ring has this `kid`, or no `kid` and more than one key
  bad_signature,       ///< the signature does not verify
  wrong_type,          ///< `typ` is not the kind of token asked for (RFC 8725 §3.11)
  // ── auth ──
  invalid_claims,     ///< a required claim is missing, or a claim is of the wrong type or range
  expired,            ///< `exp` has passed
  not_yet_valid,      ///< `nbf` or `iat` lies in the future
  lifetime_too_long,  ///< `exp` − `iat` exceeds what this service issues
  wrong_issuer,       ///< `iss` is not the configured one
  wrong_audience,     ///< `aud` does not contain the configured one
  subject_mismatch,   ///< the given data's `sub` is not the token's
  pair_mismatch,      ///< the access token is not the one issued with the refresh token
  scope_exceeded,  ///< a rotation asked for a scope the refresh token does not have (RFC 6749 §6)
  unknown_token,   ///< its session does not exist (ended, expired, or the store was emptied)
  revoked,         ///< its session goes on, with another token in its place
  token_reused,    ///< a spent refresh token was presented: its session has been ended
  no_credentials,  ///< the request carries no bearer token
  multiple_credentials,  ///< the request carries more than one (RFC 6750 §2)
};

/// The category of TokenError, named "webtool.token".
[[nodiscard]] const boost::system::error_category& token_category() noexcept;

[[nodiscard]] boost::system::error_code make_error_code(TokenError error) noexcept;

}  // namespace webtool::jose

template <>
struct boost::system::is_error_code_enum<webtool::jose::TokenError> : std::true_type {};
