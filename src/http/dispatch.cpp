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

awaitable<Response> answer(const Route& route, Request& request) {
  try {
    for (const auto& guard : route.guards) {
      auto refusal = co_await guard(request);
      if (!refusal) continue;
      if (!refusal->header("Cache-Control")) refusal->set("Cache-Control", "no-store");
      co_return checked(std::move(*refusal));
    }
    auto response = co_await route.handler(request);
    co_return checked(std::move(response));
  } catch (const cache::StoreUnavailable&) {
    co_return problem(503).set("Retry-After", "1");  // the store's client has logged it
  } catch (const std::exception& error) {
    co_return internal_error(route, error.what());
  } catch (...) {
    co_return internal_error(route, "an exception of unknown type");
  }
}

// A page of another origin may read only those fields that the answer names.
void expose(const std::vector<throttle::Verdict::Field>& fields, Response& response) {
  if (!response.header("Access-Control-Allow-Origin")) return;
  std::string names(response.header("Access-Control-Expose-Headers").value_or(""));
  for (const auto& field : fields) {
    if (field.name == "set-cookie" || field.name == "content-type") continue;
    if (!names.empty()) names.append(", ");
    names.append(field.name);
  }
  response.set("Access-Control-Expose-Headers", names);
}

void add_fields(const std::vector<throttle::Verdict::Field>& fields, Response& response) {
  for (const auto& field : fields) {
    if (field.name == "set-cookie") {
      response.add(field.name, field.value);  // beside the application's own
    } else {
      response.set(field.name, field.value);
    }
  }
  expose(fields, response);
}

awaitable<Response> limited_answer(const Route& route, Request& request) {
  throttle::Verdict verdict;
  try {
    verdict = co_await route.limits->middleware->check(request, route.limits->policy);
  } catch (const std::exception& error) {
    co_return internal_error(route, error.what());
  }
  Response response(verdict.status, std::move(verdict.body));
  if (verdict.passed) {
    request.auth = std::move(verdict.auth);
    if (request.auth) request.auth_backend = route.limits->middleware->options().auth_backend;
    response = co_await answer(route, request);
  }
  add_fields(verdict.headers, response);
  co_return response;
}

}  // namespace

awaitable<Response> dispatch(const Route& route, Request& request) {
  return route.limits ? limited_answer(route, request) : answer(route, request);
}

}  // namespace webtool::http
