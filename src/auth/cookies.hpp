// Cookies in requests (RFC 6265 §4), for the backends that use a cookie.
#pragma once

#include <string_view>

#include <webtool/auth/request_view.hpp>
#include <webtool/core/result.hpp>

namespace webtool::auth {

/// Returns the value of the cookie of that name. Without it: no_credentials. With several of that
/// name: multiple_credentials, since it is unknown which cookie this service has set. With more
/// than 256 cookies of any name: too_large, since the cookies beyond are not read and could have
/// that name.
[[nodiscard]] result<std::string_view> find_cookie(const RequestView& request,
                                                   std::string_view name);

/// Returns whether a cookie can have this name: an RFC 9110 token.
[[nodiscard]] bool is_cookie_name(std::string_view text) noexcept;

/// Returns whether a cookie can have this value: cookie-octets without quotes.
[[nodiscard]] bool is_cookie_value(std::string_view text) noexcept;

}  // namespace webtool::auth
