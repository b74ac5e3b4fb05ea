// A guard runs before the handler of a route. A guard returns a response to refuse the request, or
// nullopt to let it pass. The two guards here respond as RFC 6750 §3 requires. The response to an
// untrusted token has the same bytes for every kind of fault.
#pragma once

#include <functional>
#include <optional>

#include <webtool/auth/backend.hpp>
#include <webtool/core/awaitable.hpp>
#include <webtool/http/request.hpp>
#include <webtool/http/response.hpp>

namespace webtool::http {

/// A coroutine function, for example a lambda with captures. It lives as long as the server.
using Handler = std::function<awaitable<Response>(Request&)>;
using Guard = std::function<awaitable<std::optional<Response>>(Request&)>;

/// Lets a request pass if `backend` authenticates it, and stores the user in `request.auth`. Other
/// requests get 401, or 400 if the request has more than one set of credentials. `backend` must
/// outlive the server.
[[nodiscard]] Guard require_auth(auth::BaseBackend& backend);

/// Lets a request pass if its token has all `scopes`. Other requests get 403. This guard must come
/// after require_auth, or else every request gets 401. Throws std::invalid_argument if `scopes` is
/// empty, or if a scope is not a scope-token of RFC 6749 §3.3.
[[nodiscard]] Guard require_scopes(auth::Scope scopes);

}  // namespace webtool::http
