// Any Cookie headers: the only session that is ever read from them is the one that was signed.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <webtool/auth/anno_session_backend.hpp>

#include "auth/cookies.hpp"

namespace {

using namespace webtool::auth;

class Request final : public RequestView {
 public:
  explicit Request(std::string_view lines) {
    for (std::size_t start = 0; start <= lines.size();) {
      const auto end = std::min(lines.find('\n', start), lines.size());
      lines_.push_back(lines.substr(start, end - start));
      start = end + 1;
    }
  }
  std::string_view method() const override { return "GET"; }
  std::string_view path() const override { return "/"; }
  std::optional<std::string_view> header(std::string_view, std::size_t nth) const override {
    if (nth >= lines_.size()) return std::nullopt;
    return lines_[nth];
  }
  boost::asio::ip::address peer() const override { return {}; }

 private:
  std::vector<std::string_view> lines_{};
};

AnnoSessionBackend make_backend() {
  AnnoSessionOptions options;
  options.secret_keys.emplace_back("0123456789abcdef0123456789abcdef");
  options.secret_keys.emplace_back("fedcba9876543210fedcba9876543210");
  options.clock = [] { return webtool::Timestamp(std::chrono::seconds(1'700'000'000)); };
  return AnnoSessionBackend(std::move(options));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const AnnoSessionBackend backend = make_backend();
  static const std::string set_cookie = backend.set_cookie({std::string(22, 'A'), {}, false});
  static const std::string cookie = set_cookie.substr(0, set_cookie.find(';'));
  static const std::string value = cookie.substr(cookie.find('=') + 1);
  static const std::string quoted = "th-session=\"" + value + '"';

  const std::string_view headers(reinterpret_cast<const char*>(data), size);
  const Request request(headers);
  const auto found = find_cookie(request, "th-session");
  if (found && (found->data() < headers.data() ||
                found->data() + found->size() > headers.data() + headers.size()))
    std::abort();
  const auto session = backend.read(request);
  if (session && (session->id != std::string(22, 'A') || session->renew ||
                  (headers.find(cookie) == std::string_view::npos &&
                   headers.find(quoted) == std::string_view::npos)))
    std::abort();
  if (backend.verify(headers) && headers != value) std::abort();
  return 0;
}
