#include <webtool/http/failure.hpp>

#include <webtool/cache/error.hpp>

#include <spdlog/spdlog.h>

#include <string>

namespace webtool::http {
namespace {

// A message can quote input of a client. Replacing control characters prevents forged log lines.
std::string printable(std::string_view message) {
  std::string line(message.substr(0, 256));
  for (char& c : line) {
    if (c < ' ' || c > '~') c = '?';
  }
  return line;
}

Response internal_error(std::string_view route, std::string_view reason) {
  spdlog::error("{}: {}", route, printable(reason));
  return problem(500);
}

}  // namespace

Response failure(const std::exception_ptr& error, std::string_view route) {
  try {
    std::rethrow_exception(error);
  } catch (const cache::StoreUnavailable&) {
    return problem(503).set("Retry-After", "1");  // the client of the store has logged the failure
  } catch (const std::exception& exception) {
    return internal_error(route, exception.what());
  } catch (...) {
    return internal_error(route, "an exception of unknown type");
  }
}

}  // namespace webtool::http
