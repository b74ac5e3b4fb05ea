// A hook receives every response before the server sends it, including responses that no handler
// made. Use a hook for fields that all responses need, such as those of CORS.
#pragma once

#include <functional>

#include <webtool/http/request.hpp>
#include <webtool/http/response.hpp>

namespace webtool::http {

/// Changes a response in place. It runs on the server's threads, possibly on several at the same
/// time, and must not block. If the head of the request could not be read (400, 408, 414, 431),
/// `request` contains only the peer. `request` never contains the authenticated user.
using ResponseHook = std::function<void(const Request& request, Response& response)>;

}  // namespace webtool::http
