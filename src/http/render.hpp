// Responses as bytes.
#pragma once

#include <webtool/http/response.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace webtool::http {

struct RenderOptions {
  std::string_view date{};      ///< see http_date
  bool is_head = false;         ///< leave the body out, but say how long it would be
  bool keep_alive = true;       ///< whether the connection goes on
  bool say_keep_alive = false;  ///< HTTP/1.0 clients want to be told
};

/// Whether a response can have that status: one that is not interim (RFC 9110 §15.2).
[[nodiscard]] constexpr bool is_final(unsigned status) noexcept {
  return status >= 200 && status <= 599;
}

/// Appends `response`, whose status is a final one, to `out`.
void render(const Response& response, const RenderOptions& options, std::string& out);

/// A time as the Date header has it (RFC 9110 §5.6.7).
[[nodiscard]] std::string http_date(std::chrono::sys_seconds time);

/// The name of a status code; empty for one that has none.
[[nodiscard]] std::string_view reason_phrase(unsigned status);

}  // namespace webtool::http
