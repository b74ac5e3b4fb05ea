// Takes a request through its route.
#pragma once

#include <webtool/core/awaitable.hpp>
#include <webtool/http/request.hpp>
#include <webtool/http/response.hpp>

#include "http/router.hpp"

namespace webtool::http {

/// The route's limits, its guards in their order until one answers, then the handler. What they
/// throw becomes a 503 where it is cache::StoreUnavailable and a 500 otherwise, neither of which
/// says why. Does not throw.
awaitable<Response> dispatch(const Route& route, Request& request);

}  // namespace webtool::http
