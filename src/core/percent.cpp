#include "core/percent.hpp"

#include <charconv>

namespace webtool {

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '%') {
      const auto digits = text.substr(i + 1, 2);
      const auto [end, error] = std::from_chars(digits.begin(), digits.end(), byte, 16);
      if (digits.size() != 2 || error != std::errc() || end != digits.end()) return std::nullopt;
      i += 2;
    }
    decoded += static_cast<char>(byte);
  }
  return decoded;
}

}  // namespace webtool
