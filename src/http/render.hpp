// Serializes responses.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <webtool/http/response.hpp>

namespace webtool::http {

struct RenderOptions {
  std::string_view date{};      ///< see http_date
  bool is_head = false;         ///< omit the body, but send its Content-Length
  bool keep_alive = true;       ///< whether the connection stays open
  bool say_keep_alive = false;  ///< HTTP/1.0 clients need the header
};

/// True if a response can have this status. Interim statuses (RFC 9110 §15.2) are not allowed.
[[nodiscard]] constexpr bool is_final(unsigned status) noexcept {
  return status >= 200 && status <= 599;
}

/// Appends `response` to `out`. Its status must be final.
void render(const Response& response, const RenderOptions& options, std::string& out);

/// Formats a time for the Date header (RFC 9110 §5.6.7).
[[nodiscard]] std::string http_date(std::chrono::sys_seconds time);

/// The name of a status code, or an empty text if it has none.
[[nodiscard]] std::string_view reason_phrase(unsigned status);

}  // namespace webtool::http
