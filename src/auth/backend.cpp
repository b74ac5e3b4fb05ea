#include <webtool/auth/backend.hpp>

#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <stdexcept>

namespace webtool::auth {
namespace {

constexpr std::size_t max_cookie_size = 128;

bool is_token68(std::string_view text) {
  const auto end = std::min(text.find('='), text.size());
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == '+' || c == '/';
  };
  return end > 0 && std::all_of(text.begin(), text.begin() + static_cast<long>(end), fits) &&
         text.find_first_not_of('=', end) == std::string_view::npos;
}

bool is_bearer(std::string_view scheme) {
  constexpr std::string_view bearer = "bearer";
  const auto same = [](char left, char right) { return (left | 0x20) == right; };
  return scheme.size() == bearer.size() &&
         std::equal(scheme.begin(), scheme.end(), bearer.begin(), same);
}

// RFC 6265 §4.1.1.
bool is_cookie_value(std::string_view text) {
  const auto fits = [](char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != ',' && c != ';' && c != '\\';
  };
  return !text.empty() && text.size() <= max_cookie_size &&
         std::all_of(text.begin(), text.end(), fits);
}

bool is_cookie_name(std::string_view text) {
  constexpr std::string_view separators = "()<>@,;:\\\"/[]?={} \t";
  const auto fits = [&](char c) {
    return c > ' ' && c < '\x7f' && separators.find(c) == std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

// Adds the values of the cookies of this name that one Cookie header has to `found`.
void find_cookies(std::string_view header, std::string_view name,
                  std::vector<std::string_view>& found) {
  while (!header.empty()) {
    const auto end = std::min(header.find(';'), header.size());
    auto pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(" \t"), pair.size()));
    if (pair.size() > name.size() && pair.substr(0, name.size()) == name &&
        pair[name.size()] == '=')
      found.push_back(pair.substr(name.size() + 1));
  }
}

std::string address_identity(const boost::asio::ip::address& address) {
  namespace ip = boost::asio::ip;
  if (address.is_v4()) return address.to_string();
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, v6).to_string();
  // A zone is of this host's making and says nothing about the client.
  return ip::network_v6(ip::address_v6(v6.to_bytes()), 64).canonical().to_string();
}

}  // namespace

result<std::string_view> parse_bearer(std::string_view authorization) {
  const auto space = authorization.find(' ');
  if (!is_bearer(authorization.substr(0, space))) return TokenError::no_credentials;
  if (space == std::string_view::npos) return TokenError::malformed;
  const auto token = authorization.substr(space + 1);
  if (!is_token68(token)) return TokenError::malformed;
  return token;
}

awaitable<result<AuthData>> JWTBackend::authenticate(const RequestView& request) {
  const auto header = request.header("authorization");
  if (!header) co_return TokenError::no_credentials;
  if (request.header("authorization", 1)) co_return TokenError::multiple_credentials;
  const auto token = parse_bearer(*header);
  if (token.has_error()) co_return token.error();
  const auto claims = co_await service_.validate_access_token(*token);
  if (claims.has_error()) co_return claims.error();
  co_return to_auth_data(*claims);
}

awaitable<result<AuthData>> IPBackend::authenticate(const RequestView& request) {
  AuthData auth;
  auth.identifier = address_identity(request.peer());
  co_return auth;
}

SessionBackend::SessionBackend(std::string cookie_name) : cookie_name_(std::move(cookie_name)) {
  if (!is_cookie_name(cookie_name_))
    throw std::invalid_argument("SessionBackend: the cookie name is not an RFC 6265 token");
}

awaitable<result<AuthData>> SessionBackend::authenticate(const RequestView& request) {
  std::vector<std::string_view> found;
  for (std::size_t nth = 0;; ++nth) {
    const auto header = request.header("cookie", nth);
    if (!header) break;
    find_cookies(*header, cookie_name_, found);
  }
  if (found.empty()) co_return TokenError::no_credentials;
  if (found.size() > 1) co_return TokenError::multiple_credentials;
  if (!is_cookie_value(found.front())) co_return TokenError::malformed;
  AuthData auth;
  auth.identifier = found.front();
  co_return auth;
}

}  // namespace webtool::auth
