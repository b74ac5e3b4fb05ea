// Cross-Origin Resource Sharing (the Fetch standard): which pages of other origins may call the
// server and read its answers, refusals included.
#pragma once

#include <webtool/http/response_hook.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace webtool::http {

struct CorsOptions {
  /// Who may read answers: origins as browsers send them ("https://app.example",
  /// "http://localhost:3000"), or "*" alone for everybody.
  std::vector<std::string> origins{};
  /// What a page may ask with, for preflights. Empty: what the path allows.
  std::vector<std::string> methods{};
  /// The header fields a page may send.
  std::vector<std::string> headers = {"Authorization", "Content-Type"};
  /// The header fields of an answer that a page may read. The default are those of limits and of
  /// refusals.
  std::vector<std::string> expose = {
      "RateLimit-Policy",  "RateLimit",   "X-RateLimit-Limit", "X-RateLimit-Remaining",
      "X-RateLimit-Reset", "Retry-After", "WWW-Authenticate"};
  /// Whether browsers may send cookies along. Impossible with "*".
  bool credentials = false;
  /// How long a browser may remember a preflight; whole seconds.
  std::chrono::seconds max_age = std::chrono::minutes(10);
};

/// A hook for Server::on_response that adds the fields of CORS to every answer and answers
/// preflights (OPTIONS with Access-Control-Request-Method) with 204, also for paths without a
/// route, so that the page can read the 404. Origins that are not listed get no field. With several
/// origins, an answer to a request whose head could not be read gets none either. Throws
/// std::invalid_argument that names the field.
[[nodiscard]] ResponseHook cors(CorsOptions options);

}  // namespace webtool::http
