// Any text is a Redis URL or a std::invalid_argument that does not quote it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include <webtool/redis/options.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view url(reinterpret_cast<const char*>(data), size);
  try {
    const webtool::redis::Options options = webtool::redis::parse_url(url);
    if (options.unix_socket.empty() && (options.host.empty() || options.port == 0)) std::abort();
  } catch (const std::invalid_argument& error) {
    // No complaint is long enough to quote something this long.
    if (std::string_view(error.what()).size() > 120) std::abort();
  }
  return 0;
}
