// The response to an exception. It tells the client only that the request failed, never the reason.
#pragma once

#include <exception>
#include <string_view>

#include <webtool/http/response.hpp>

namespace webtool::http {

/// The response to a request whose handler threw `error`: 503 for cache::StoreUnavailable, and 500
/// for any other exception. A 500 also writes one line with `route` and the reason to the log.
[[nodiscard]] Response failure(const std::exception_ptr& error, std::string_view route);

}  // namespace webtool::http
