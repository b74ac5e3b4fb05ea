#include "jose/ecdsa_format.hpp"

#include <algorithm>
#include <cstring>

namespace webtool::jose {
namespace {

constexpr unsigned char sequence_tag = 0x30;
constexpr unsigned char integer_tag = 0x02;

std::string_view without_leading_zeros(std::string_view number) noexcept {
  return number.substr(std::min(number.find_first_not_of('\0'), number.size()));
}

// DER integers are signed, so a number with its top bit set needs a zero byte in front.
bool needs_sign_byte(std::string_view number) noexcept {
  return (static_cast<unsigned char>(number.front()) & 0x80) != 0;
}

unsigned char* put_integer(unsigned char* out, std::string_view number) noexcept {
  *out++ = integer_tag;
  *out++ = static_cast<unsigned char>(number.size() + needs_sign_byte(number));
  if (needs_sign_byte(number)) *out++ = 0;
  std::memcpy(out, number.data(), number.size());
  return out + number.size();
}

// Removes an element with this tag from the front of `der`.
std::optional<std::string_view> take(std::string_view& der, unsigned char tag) noexcept {
  if (der.size() < 2 || static_cast<unsigned char>(der[0]) != tag) return std::nullopt;
  std::size_t header = 2;
  std::size_t length = static_cast<unsigned char>(der[1]);
  if (length == 0x81 && der.size() > 2) {
    header = 3;
    length = static_cast<unsigned char>(der[2]);
  } else if (length >= 0x80) {
    return std::nullopt;
  }
  if (der.size() - header < length) return std::nullopt;
  const std::string_view content = der.substr(header, length);
  der.remove_prefix(header + length);
  return content;
}

}  // namespace

std::optional<std::size_t> ecdsa_to_der(
    std::string_view signature, std::string_view order,
    std::array<unsigned char, max_ecdsa_der_size>& der) noexcept {
  const std::size_t width = order.size();
  if (signature.size() != 2 * width) return std::nullopt;
  if (signature.substr(0, width) >= order || signature.substr(width) >= order) return std::nullopt;
  const std::string_view r = without_leading_zeros(signature.substr(0, width));
  const std::string_view s = without_leading_zeros(signature.substr(width));
  if (r.empty() || s.empty()) return std::nullopt;

  const std::size_t content = 4 + r.size() + needs_sign_byte(r) + s.size() + needs_sign_byte(s);
  unsigned char* out = der.data();
  *out++ = sequence_tag;
  if (content >= 0x80) *out++ = 0x81;
  *out++ = static_cast<unsigned char>(content);
  out = put_integer(out, r);
  out = put_integer(out, s);
  return static_cast<std::size_t>(out - der.data());
}

bool ecdsa_from_der(std::string_view der, std::size_t width, unsigned char* out) noexcept {
  auto content = take(der, sequence_tag);
  if (!content || !der.empty()) return false;
  for (int half = 0; half < 2; ++half, out += width) {
    const auto integer = take(*content, integer_tag);
    if (!integer) return false;
    const std::string_view number = without_leading_zeros(*integer);
    if (number.size() > width) return false;
    std::memset(out, 0, width - number.size());
    std::memcpy(out + width - number.size(), number.data(), number.size());
  }
  return content->empty();
}

}  // namespace webtool::jose
