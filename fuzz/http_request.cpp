// Any bytes are requests and a refusal, and the same ones however the bytes are cut into pieces.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "http/request_reader.hpp"

using webtool::http::RequestParts;
using webtool::http::RequestReader;

namespace {

// All that came out of the bytes, as text.
std::string read(std::string_view bytes, std::size_t piece) {
  constexpr std::size_t header_limit = 1500;
  constexpr std::size_t body_limit = 3000;
  RequestParts parts;
  RequestReader reader(parts, header_limit, body_limit);
  std::string seen;
  const auto see = [&](std::string_view text) { seen.append(text).append("\n"); };
  for (;;) {
    const auto phase = reader.advance();
    if (phase == RequestReader::Phase::complete) {
      see(parts.method);
      see(parts.path);
      see(parts.query);
      see(parts.body);
      for (const auto& [name, value] : parts.fields) see(name), see(value);
      see(reader.keep_alive() ? "keep" : "close");
      if (parts.body.size() > body_limit ||
          !parts.path.starts_with(parts.path == "*" ? "*" : "/")) {
        std::abort();
      }
      reader.finish();
    } else if (phase == RequestReader::Phase::failed) {
      see(std::to_string(reader.status()));
      if (reader.status() < 400) std::abort();
      return seen;
    } else if (bytes.empty()) {
      return seen;
    } else {
      const auto space = reader.prepare();
      const auto size = std::min({bytes.size(), piece, space.size()});
      if (size == 0) std::abort();
      std::memcpy(space.data(), bytes.data(), size);
      reader.commit(size);
      bytes.remove_prefix(size);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = read(bytes, size);
  if (read(bytes, 1) != whole || read(bytes, 7) != whole) std::abort();
  return 0;
}
