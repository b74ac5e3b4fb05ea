// Cross-Origin Resource Sharing (the Fetch standard). It decides which pages of other origins may
// call the server and read its responses, including refusals.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <webtool/http/response_hook.hpp>

namespace webtool::http {

struct CorsOptions {
  /// The origins that may read responses, in the form that browsers send ("https://app.example",
  /// "http://localhost:3000"). A single "*" allows every origin.
  std::vector<std::string> origins{};
  /// The methods that a page may use, for preflights. If empty, the methods that the path allows.
  std::vector<std::string> methods{};
  /// The header fields that a page may send.
  std::vector<std::string> headers = {"Authorization", "Content-Type"};
  /// The response header fields that a page may read. The defaults are the fields of limits and
  /// refusals.
  std::vector<std::string> expose = {
      "RateLimit-Policy",  "RateLimit",   "X-RateLimit-Limit", "X-RateLimit-Remaining",
      "X-RateLimit-Reset", "Retry-After", "WWW-Authenticate"};
  /// True if browsers may send cookies. It cannot be combined with "*".
  bool credentials = false;
  /// How long a browser may cache a preflight.
  std::chrono::seconds max_age = std::chrono::minutes(10);
};

/// A hook for Server::on_response. It adds the fields of CORS to every response. It answers
/// preflights (OPTIONS with Access-Control-Request-Method) with 204, also for paths without a
/// route, so that the page can read the 404. A response to an unlisted origin gets no CORS fields.
/// With several origins, a response to a request with an unreadable head gets none either. Throws
/// std::invalid_argument that names the invalid field.
[[nodiscard]] ResponseHook cors(CorsOptions options);

}  // namespace webtool::http
