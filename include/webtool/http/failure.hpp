// What a client is told of an exception: nothing but that there was one.
#pragma once

#include <webtool/http/response.hpp>

#include <exception>
#include <string_view>

namespace webtool::http {

/// The answer to a request whose handler threw `error`: 503 for cache::StoreUnavailable; 500 for
/// all else, with a line in the log that names `route` and the reason.
[[nodiscard]] Response failure(const std::exception_ptr& error, std::string_view route);

}  // namespace webtool::http
