#include <webtool/auth/backend.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "auth/cookies.hpp"

namespace webtool::auth {
namespace {

constexpr std::size_t max_cookie_size = 128;

// The characters of a token68 without its padding. A table, because every token of every request is
// checked.
constexpr auto token68 = [] {
  std::array<bool, 256> fits{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789-._~+/"))
    fits[static_cast<unsigned char>(c)] = true;
  return fits;
}();

bool is_token68(std::string_view text) {
  const auto end = std::min(text.find('='), text.size());
  const auto fits = [](char c) { return token68[static_cast<unsigned char>(c)]; };
  return end > 0 && std::all_of(text.begin(), text.begin() + static_cast<long>(end), fits) &&
         text.find_first_not_of('=', end) == std::string_view::npos;
}

bool is_bearer(std::string_view scheme) {
  constexpr std::string_view bearer = "bearer";
  const auto same = [](char left, char right) { return (left | 0x20) == right; };
  return scheme.size() == bearer.size() &&
         std::equal(scheme.begin(), scheme.end(), bearer.begin(), same);
}

// Refuses a request with several Authorization headers.
result<std::string_view> bearer_of(const RequestView& request) {
  const auto header = request.header("authorization");
  if (!header) return TokenError::no_credentials;
  if (request.header("authorization", 1)) return TokenError::multiple_credentials;
  return parse_bearer(*header);
}

}  // namespace

result<std::string_view> parse_bearer(std::string_view authorization) {
  const auto space = authorization.find(' ');
  if (!is_bearer(authorization.substr(0, space))) return TokenError::no_credentials;
  if (space == std::string_view::npos) return TokenError::malformed;
  // RFC 9110 §11.4 allows more than one space.
  const auto start = std::min(authorization.find_first_not_of(' ', space), authorization.size());
  const auto token = authorization.substr(start);
  if (!is_token68(token)) return TokenError::malformed;
  return token;
}

std::optional<result<Checked>> BaseBackend::begin(const RequestView&) {
  return std::nullopt;
}

awaitable<result<AuthData>> BaseBackend::finish(Checked) {
  co_return TokenError::no_credentials;  // the default `begin` returns nothing to finish
}

awaitable<result<AuthData>> JWTBackend::authenticate(const RequestView& request) {
  const auto token = bearer_of(request);
  if (token.has_error()) co_return token.error();
  auto checked = tokens_.check(*token);
  if (checked.has_error()) co_return checked.error();
  auto claims = co_await tokens_.finish(std::move(*checked));
  if (claims.has_error()) co_return claims.error();
  co_return to_auth_data(std::move(*claims));
}

std::optional<result<Checked>> JWTBackend::begin(const RequestView& request) {
  const auto token = bearer_of(request);
  if (token.has_error()) return token.error();
  return tokens_.check(*token);
}

awaitable<result<AuthData>> JWTBackend::finish(Checked checked) {
  auto claims = co_await tokens_.finish(std::move(checked));
  if (claims.has_error()) co_return claims.error();
  co_return to_auth_data(std::move(*claims));
}

awaitable<result<AuthData>> IPBackend::authenticate(const RequestView& request) {
  AuthData auth;
  auth.identifier = address_identity(client_address_.of(request));
  co_return auth;
}

SessionBackend::SessionBackend(std::string cookie_name) : cookie_name_(std::move(cookie_name)) {
  if (!is_cookie_name(cookie_name_))
    throw std::invalid_argument("SessionBackend: the cookie name is not an RFC 6265 token");
}

awaitable<result<AuthData>> SessionBackend::authenticate(const RequestView& request) {
  const auto value = find_cookie(request, cookie_name_);
  if (value.has_error()) co_return value.error();
  if (value->size() > max_cookie_size || !is_cookie_value(*value)) co_return TokenError::malformed;
  AuthData auth;
  auth.identifier = *value;
  co_return auth;
}

}  // namespace webtool::auth
