// Converts claims to the dictionaries that the documentation shows, and back.
#pragma once

#include <nanobind/nanobind.h>

#include <webtool/auth/claims.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// Returns `{"sub": …, "exp": …, "iat": …, "jti": …, "extra": {…}}` and the other present claims.
[[nodiscard]] nb::object from_claims(const auth::ClaimsSet& claims);

/// Reads the claims for a new token: `sub`, `scope`, `extra`, and claims of other names. Throws
/// std::invalid_argument for values of the wrong type. check_grant refuses the names of claims
/// that the service sets.
[[nodiscard]] auth::Grant to_grant(nb::handle dict);
/// Reads the claims for the next token. Ignores claims that the service sets, so that a caller can
/// pass the claims of a validated token.
[[nodiscard]] auth::Grant to_next_grant(nb::handle dict);

/// Reads all claims of a token, in the form that from_claims returns.
[[nodiscard]] auth::ClaimsSet to_claims_set(nb::handle dict);

/// Returns a list of scopes, or None.
[[nodiscard]] nb::object from_scope(const std::optional<auth::Scope>& scope);
/// Reads a list or other iterable of str, a str with scopes separated by spaces, or None.
[[nodiscard]] std::optional<auth::Scope> to_scope(nb::handle object);

}  // namespace webtool::python
