#include <webtool/http/guards.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <webtool/cache/error.hpp>

namespace webtool::http {
namespace {

Response challenge(unsigned status, std::string_view www_authenticate) {
  return problem(status).set("WWW-Authenticate", www_authenticate);
}

}  // namespace

Guard require_auth(auth::BaseBackend& backend) {
  return [&backend](Request& request) -> awaitable<std::optional<Response>> {
    if (request.auth_backend != &backend) {
      auto outcome = co_await backend.authenticate(request);
      request.auth_backend = &backend;
      request.auth.reset();
      request.auth_error = {};
      request.auth_is_certain = true;
      if (outcome.has_value())
        request.auth = std::move(*outcome);
      else
        request.auth_error = outcome.error();
    }
    if (request.auth) co_return std::nullopt;
    if (!request.auth_is_certain)
      throw cache::StoreUnavailable(
          make_error_code(boost::system::errc::resource_unavailable_try_again));
    if (request.auth_error == auth::TokenError::no_credentials) co_return challenge(401, "Bearer");
    if (request.auth_error == auth::TokenError::multiple_credentials) {
      co_return challenge(400, "Bearer error=\"invalid_request\"");
    }
    co_return challenge(401, "Bearer error=\"invalid_token\"");
  };
}

Guard require_scopes(auth::Scope scopes) {
  if (scopes.empty()) throw std::invalid_argument("require_scopes: no scope given");
  std::string list;
  for (const auto& scope : scopes) {
    if (!auth::is_scope_token(scope))
      throw std::invalid_argument("require_scopes: a scope is not a valid scope-token");
    if (!list.empty()) list.append(" ");
    list.append(scope);
  }
  return [scopes = std::move(scopes),
          refusal = challenge(403, "Bearer error=\"insufficient_scope\", scope=\"" + list + "\"")](
             Request& request) -> awaitable<std::optional<Response>> {
    if (!request.auth) co_return challenge(401, "Bearer");
    if (auth::includes(request.auth->scope, scopes)) co_return std::nullopt;
    co_return refusal;
  };
}

}  // namespace webtool::http
