// A hook sees every answer before it is sent, also those that no handler made. Fields that all
// answers must carry, such as those of CORS, have one place with it.
#pragma once

#include <webtool/http/request.hpp>
#include <webtool/http/response.hpp>

#include <functional>

namespace webtool::http {

/// Changes an answer in place. It runs on the server's threads, possibly several at once, and must
/// not wait. `request` is empty but for its peer where the head of the request could not be read
/// (400, 408, 414, 431), and does not say who was authenticated.
using ResponseHook = std::function<void(const Request& request, Response& response)>;

}  // namespace webtool::http
