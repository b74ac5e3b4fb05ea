#include "jose/der_shape.hpp"

#include <algorithm>
#include <cstddef>

namespace webtool::jose {
namespace {

enum Tag : unsigned char {
  integer = 0x02,
  bit_string = 0x03,
  octet_string = 0x04,
  object_id = 0x06,
  sequence = 0x30,
  context_0 = 0xa0,
};

constexpr std::size_t smallest_modulus = 48;  // 384 bits; smaller than JOSE allows, but still a key

struct Element {
  int tag = -1;
  std::size_t size = 0;        // the declared size
  std::string_view content{};  // may be cut off
};

// Removes the next element from `bytes`. Its tag is -1 if there is no element.
Element next(std::string_view& bytes) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() < 2) return {};
  Element element;
  std::size_t head = 2;
  element.size = at(1);
  if (element.size > 0x84 || element.size == 0x80) return {};
  if (element.size > 0x80) {  // 0x81 to 0x84: the size follows in that many bytes
    const std::size_t width = element.size - 0x80;
    if (bytes.size() < 2 + width) return {};
    element.size = 0;
    for (; head < 2 + width; ++head) element.size = element.size << 8 | at(head);
  }
  element.tag = at(0);
  element.content = bytes.substr(head, element.size);
  bytes.remove_prefix(std::min(bytes.size(), head + element.size));
  return element;
}

bool is_algorithm(const Element& element) noexcept {
  if (element.tag != sequence) return false;
  std::string_view inside = element.content;
  const Element id = next(inside);
  return id.tag == object_id && id.size >= 3 && id.size <= 16;
}

bool is_version(const Element& element, char version) noexcept {
  return element.tag == integer && element.content == std::string_view(&version, 1);
}

std::optional<std::string_view> of_sequence(std::string_view inside) noexcept {
  const Element first = next(inside);
  std::string_view rest = inside;
  const Element second = next(rest);
  if (first.tag == sequence && is_algorithm(first)) {
    const bool cut_off = first.size > first.content.size();
    if (cut_off || (second.tag == bit_string && second.size > 1)) return "a public key (SPKI)";
    if (second.tag == octet_string && second.size > 1) return "an encrypted private key (PKCS#8)";
  }
  if (first.tag == sequence && is_algorithm(second)) {
    const Element third = next(rest);
    if (third.tag == bit_string) return "a certificate or certificate request (X.509)";
  }
  // The inner part of a certificate is enough to recognise it if the rest is cut off.
  if (first.tag == sequence && first.size > first.content.size()) {
    std::string_view body = first.content;
    const Element start = next(body);
    const Element serial = next(body);
    if ((start.tag == context_0 && serial.tag == integer) ||
        (start.tag == integer && (is_algorithm(serial) || serial.tag == sequence)))
      return "a certificate or certificate request (X.509)";
  }
  const bool cut_off = second.tag == -1 && first.size >= 128;
  if (first.tag == integer && first.size >= smallest_modulus && (second.tag == integer || cut_off))
    return "a public key (PKCS#1)";
  if (is_version(first, 0) || is_version(first, 1)) {
    if (is_algorithm(second)) return "a private key (PKCS#8)";
    if (second.tag == integer && second.size >= smallest_modulus)
      return "a private key (PKCS#1 or DSA)";
  }
  if (is_version(first, 1) && second.tag == octet_string && second.size >= 16 && second.size <= 72)
    return "a private key (SEC1)";
  if (is_version(first, 3) && is_algorithm(second)) return "a key store (PKCS#12)";
  if (first.tag == object_id && first.content.starts_with("\x2a\x86\x48\x86\xf7\x0d\x01\x07") &&
      second.tag == context_0)
    return "a set of certificates (PKCS#7)";
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> der_key_shape(std::string_view bytes) noexcept {
  const Element outer = next(bytes);
  if (outer.tag != sequence) return std::nullopt;
  return of_sequence(outer.content);
}

}  // namespace webtool::jose
