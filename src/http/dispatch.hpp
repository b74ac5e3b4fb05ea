// Runs the limits, guards and handler of a route.
#pragma once

#include <webtool/core/awaitable.hpp>
#include <webtool/http/request.hpp>
#include <webtool/http/response.hpp>

#include "http/router.hpp"

namespace webtool::http {

/// Runs the route's limits, then its guards in order until one refuses, and then the handler. A
/// thrown cache::StoreUnavailable becomes a 503, any other exception a 500. Neither response
/// contains the reason. Does not throw.
awaitable<Response> dispatch(const Route& route, Request& request);

}  // namespace webtool::http
