#include "python_service.hpp"

#include <stdexcept>

#include "bridge/python_awaitable.hpp"
#include "claims.hpp"
#include "errors.hpp"
#include "values.hpp"

namespace webtool::python {
namespace {

using auth::Claims;
using auth::TokenError;
using auth::TokenPair;

[[noreturn]] void unused() {
  throw std::logic_error("only validate_access_token of a service written in Python may be called");
}

}  // namespace

awaitable<result<Claims>> PythonService::validate_access_token(std::string_view access) {
  nb::object given;
  try {
    given = co_await await_python(service_.attr("validate_access_token")(from_text(access)));
  } catch (nb::python_error& error) {
    rethrow_as_core(error);
  }
  if (given.is_none()) co_return TokenError::malformed;
  auto claims = to_token_claims(given);
  if (claims.sub.empty()) co_return TokenError::invalid_claims;
  co_return claims;
}

awaitable<TokenPair> PythonService::create_token(const Claims&, std::string_view) {
  unused();
}
awaitable<result<Claims>> PythonService::validate_refresh_token(std::string_view) {
  unused();
}
awaitable<result<Claims>> PythonService::validate_refresh_token(std::string_view,
                                                                std::string_view) {
  unused();
}
awaitable<result<TokenPair>> PythonService::update_token(const Claims&, std::string_view) {
  unused();
}
awaitable<result<TokenPair>> PythonService::update_token(const Claims&, std::string_view,
                                                         std::string_view) {
  unused();
}
awaitable<result<void>> PythonService::invalidate_token(std::string_view) {
  unused();
}
awaitable<result<void>> PythonService::invalidate_token(std::string_view, std::string_view) {
  unused();
}
awaitable<result<std::size_t>> PythonService::invalidate_all(std::string_view) {
  unused();
}
awaitable<result<std::size_t>> PythonService::invalidate_others(std::string_view) {
  unused();
}
awaitable<result<std::vector<std::string>>> PythonService::search_token(std::string_view) {
  unused();
}
awaitable<result<std::vector<std::string>>> PythonService::search_token(std::string_view,
                                                                        std::string_view) {
  unused();
}
awaitable<std::vector<auth::SessionInfo>> PythonService::sessions(std::string_view,
                                                                  std::string_view) {
  unused();
}
awaitable<bool> PythonService::end_session(std::string_view, std::string_view) {
  unused();
}
awaitable<void> PythonService::end_sessions(std::string_view) {
  unused();
}

}  // namespace webtool::python
