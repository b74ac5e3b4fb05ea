// What decodes must encode to the very text it came from: one spelling a byte string.
#include <webtool/jose/base64url.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace webtool::jose;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto bytes = base64url_decode(text);
  if (bytes && base64url_encode(*bytes) != text) std::abort();
  if (base64url_decode(base64url_encode(text)) != text) std::abort();
  return 0;
}
