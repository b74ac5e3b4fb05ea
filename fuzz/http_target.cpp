// Any text is a target whose every part can be decoded, or is refused; and routing bears it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/percent.hpp"
#include "http/router.hpp"
#include "http/target.hpp"

using namespace webtool;

namespace {

http::Router make_router() {
  const auto handler = [](http::Request&) -> awaitable<http::Response> {
    co_return http::Response();
  };
  http::Router router;
  for (const auto* path : {"/", "/a/", "/a/{b}", "/a/{b}/c/{d}/", "/{e}"}) {
    router.add({"GET", path, {}, handler});
  }
  return router;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const http::Router router = make_router();
  http::RequestParts parts{.method = "GET"};
  if (!http::split_target({reinterpret_cast<const char*>(data), size}, parts)) return 0;
  if (!parts.path.starts_with('/') || parts.path.find('?') != std::string_view::npos) std::abort();
  if (!percent_decode(parts.path) || !percent_decode(parts.query)) std::abort();
  (void)http::find_in_query(parts.query, "a");
  const auto match = router.match(parts);
  const auto segments =
      static_cast<std::size_t>(std::count(parts.path.begin(), parts.path.end(), '/'));
  if (match.route != nullptr && segments == 0) std::abort();
  for (const auto& parameter : parts.parameters) {
    if (match.route != nullptr && parameter.value.empty()) std::abort();
  }
  return 0;
}
