#include "http/dispatch.hpp"

#include <webtool/cache/error.hpp>

#include <spdlog/spdlog.h>

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "http/render.hpp"

namespace webtool::http {
namespace {

// A message may quote what a client sent: it must not be able to forge a log line.
std::string printable(std::string_view message) {
  std::string line(message.substr(0, 256));
  for (char& c : line) {
    if (c < ' ' || c > '~') c = '?';
  }
  return line;
}

Response internal_error(const Route& route, std::string_view reason) {
  spdlog::error("{} {}: {}", route.method, route.path, printable(reason));
  return problem(500);
}

// A status that cannot be sent is the handler's mistake, not the client's.
Response checked(Response answer) {
  if (!is_final(answer.status)) throw std::out_of_range("an answer's status is from 200 to 599");
  return answer;
}

}  // namespace

awaitable<Response> dispatch(const Route& route, Request& request) {
  try {
    for (const auto& guard : route.guards) {
      auto answer = co_await guard(request);
      if (!answer) continue;
      if (!answer->header("Cache-Control")) answer->set("Cache-Control", "no-store");
      co_return checked(std::move(*answer));
    }
    auto answer = co_await route.handler(request);
    co_return checked(std::move(answer));
  } catch (const cache::StoreUnavailable&) {
    co_return problem(503).set("Retry-After", "1");  // the store's client has logged it
  } catch (const std::exception& error) {
    co_return internal_error(route, error.what());
  } catch (...) {
    co_return internal_error(route, "an exception of unknown type");
  }
}

}  // namespace webtool::http
