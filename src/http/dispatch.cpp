#include "http/dispatch.hpp"

#include <webtool/http/failure.hpp>
#include <webtool/throttle/apply_headers.hpp>

#include <exception>
#include <stdexcept>
#include <utility>

#include "http/render.hpp"

namespace webtool::http {
namespace {

Response failed(const Route& route) {
  return failure(std::current_exception(), route.method + ' ' + route.path);
}

// An invalid status is a mistake of the handler, so the response becomes a 500.
Response checked(Response answer) {
  if (!is_final(answer.status))
    throw std::out_of_range("the status of a response must be from 200 to 599");
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
  } catch (...) {
    co_return failed(route);
  }
}

awaitable<Response> limited_answer(const Route& route, Request& request) {
  throttle::Verdict verdict;
  try {
    verdict = co_await route.limits->middleware->check(request, route.limits->policy);
  } catch (...) {
    co_return failed(route);
  }
  Response response(verdict.status, std::move(verdict.body));
  if (verdict.passed) {
    request.auth = std::move(verdict.auth);
    request.auth_error = verdict.auth_error;
    request.auth_is_certain = verdict.is_certain;
    if (request.auth || request.auth_error || !request.auth_is_certain)
      request.auth_backend = route.limits->middleware->options().auth_backend;
    response = co_await answer(route, request);
  }
  throttle::apply_headers(response, verdict.headers);
  co_return response;
}

}  // namespace

awaitable<Response> dispatch(const Route& route, Request& request) {
  return route.limits ? limited_answer(route, request) : answer(route, request);
}

}  // namespace webtool::http
