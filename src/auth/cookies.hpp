// Cookies as requests carry them and answers set them (RFC 6265 §4), for the backends that live by
// one.
#pragma once

#include <webtool/auth/request_view.hpp>
#include <webtool/core/result.hpp>

#include <string_view>

namespace webtool::auth {

/// The one cookie of that name, whatever its value. no_credentials where there is none,
/// multiple_credentials where there are several (which of them is ours cannot be told), too_large
/// where there are over 256 cookies of any name: one that is not looked at could be another.
[[nodiscard]] result<std::string_view> find_cookie(const RequestView& request,
                                                   std::string_view name);

/// Whether a cookie can have this name: an RFC 9110 token.
[[nodiscard]] bool is_cookie_name(std::string_view text) noexcept;

/// Whether a cookie can have this value: cookie-octets, without quotes around them.
[[nodiscard]] bool is_cookie_value(std::string_view text) noexcept;

}  // namespace webtool::auth
