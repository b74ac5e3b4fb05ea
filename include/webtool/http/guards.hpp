// Guards stand between a route and its handler. A guard answers the request itself, or gives
// nothing and lets it pass. The two here answer as RFC 6750 §3 has it; whatever is wrong with a
// token, the answer is the same to the last byte.
#pragma once

#include <webtool/auth/backend.hpp>
#include <webtool/core/awaitable.hpp>
#include <webtool/http/request.hpp>
#include <webtool/http/response.hpp>

#include <functional>
#include <optional>

namespace webtool::http {

/// A coroutine function (a lambda, with captures if it likes): it lives as long as the server.
using Handler = std::function<awaitable<Response>(Request&)>;
using Guard = std::function<awaitable<std::optional<Response>>(Request&)>;

/// Lets pass whom `backend` knows, and puts them into `request.auth`. Others get 401, or 400 where
/// there is more than one set of credentials. `backend` must outlive the server.
[[nodiscard]] Guard require_auth(auth::BaseBackend& backend);

/// Lets pass whose token has every one of `scopes`; others get 403. Stands after require_auth:
/// without, everyone gets 401. Throws std::invalid_argument where `scopes` is empty or one of them
/// is no RFC 6749 §3.3 scope-token.
[[nodiscard]] Guard require_scopes(auth::Scope scopes);

}  // namespace webtool::http
