#include "python_tokens.hpp"

#include <string>

#include "bridge/python_awaitable.hpp"
#include "claims.hpp"
#include "errors.hpp"
#include "values.hpp"

namespace webtool::python {

using auth::TokenError;

// The method may wait, so nothing is known before it has been awaited.
result<auth::Checked> PythonTokens::check(auth::AccessTokenView access) {
  auth::Checked checked;
  checked.token = std::string_view(access);
  return checked;
}

awaitable<result<auth::Claims>> PythonTokens::finish(auth::Checked checked) {
  nb::object given;
  try {
    given = co_await await_python(service_.attr("validate_access_token")(from_text(checked.token)));
  } catch (nb::python_error& error) {
    rethrow_as_core(error);
  }
  if (given.is_none()) co_return TokenError::malformed;
  auto claims = to_claims_set(given);
  if (claims.sub.empty()) co_return TokenError::invalid_claims;
  co_return verified(std::move(claims));
}

}  // namespace webtool::python
