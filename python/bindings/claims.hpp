// Claims as the dictionaries that the documents show.
#pragma once

#include <nanobind/nanobind.h>

#include <webtool/auth/claims.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// `{"sub": …, "exp": …, "iat": …, "jti": …, "extra": {…}}`, and the other claims that are there.
[[nodiscard]] nb::object from_claims(const auth::ClaimsSet& claims);

/// What a caller wants in a new token: `sub`, `scope`, `extra`, and claims of other names. Throws
/// std::invalid_argument for values of the wrong type; check_grant refuses names that the service
/// sets.
[[nodiscard]] auth::Grant to_grant(nb::handle dict);
/// What a caller wants in the next token. Claims that the service sets are passed over, so that
/// those of a validated token can be given again.
[[nodiscard]] auth::Grant to_next_grant(nb::handle dict);

/// All claims of a token, as from_claims gives them.
[[nodiscard]] auth::ClaimsSet to_claims_set(nb::handle dict);

/// A list of scopes, or None.
[[nodiscard]] nb::object from_scope(const std::optional<auth::Scope>& scope);
/// A list or other iterable of str, a str with spaces between them, or None.
[[nodiscard]] std::optional<auth::Scope> to_scope(nb::handle object);

}  // namespace webtool::python
