#include <webtool/jose/base64url.hpp>

#include <array>
#include <cstdint>

#include "jose/base64url_raw.hpp"

namespace webtool::jose {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// A quantum has 24 bits. A higher bit marks a character outside the alphabet, so one test after
// four look-ups (or after a whole text) detects it.
constexpr std::uint32_t bad = 0x8000'0000;

// The value of each character, already shifted to one of the four places of a quantum.
constexpr std::array<std::array<std::uint32_t, 256>, 4> make_tables() {
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  for (unsigned place = 0; place < 4; ++place) {
    tables[place].fill(bad);
    for (std::uint32_t value = 0; value < 64; ++value) {
      tables[place][static_cast<unsigned char>(alphabet[value])] = value << (18 - 6 * place);
    }
  }
  return tables;
}
constexpr auto tables = make_tables();

}  // namespace

void base64url_encode_to(std::string_view bytes, char* out) noexcept {
  const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  for (; left >= 3; left -= 3, in += 3, out += 4) {
    const std::uint32_t quantum = std::uint32_t{in[0]} << 16 | std::uint32_t{in[1]} << 8 | in[2];
    out[0] = alphabet[quantum >> 18];
    out[1] = alphabet[quantum >> 12 & 63];
    out[2] = alphabet[quantum >> 6 & 63];
    out[3] = alphabet[quantum & 63];
  }
  if (left == 0) return;
  const std::uint32_t quantum =
      std::uint32_t{in[0]} << 16 | (left == 2 ? std::uint32_t{in[1]} << 8 : 0);
  out[0] = alphabet[quantum >> 18];
  out[1] = alphabet[quantum >> 12 & 63];
  if (left == 2) out[2] = alphabet[quantum >> 6 & 63];
}

bool base64url_decode_to(std::string_view text, char* out) noexcept {
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t left = text.size();
  std::uint32_t seen = 0;
  for (; left >= 4; left -= 4, in += 4, out += 3) {
    const std::uint32_t quantum =
        tables[0][in[0]] | tables[1][in[1]] | tables[2][in[2]] | tables[3][in[3]];
    seen |= quantum;
    out[0] = static_cast<char>(quantum >> 16);
    out[1] = static_cast<char>(quantum >> 8);
    out[2] = static_cast<char>(quantum);
  }
  if (left == 1) return false;
  if (left != 0) {
    const std::uint32_t quantum =
        tables[0][in[0]] | tables[1][in[1]] | (left == 3 ? tables[2][in[2]] : 0);
    seen |= quantum;
    out[0] = static_cast<char>(quantum >> 16);
    if (left == 3) out[1] = static_cast<char>(quantum >> 8);
    // The unused bits must be zero, or else one byte string would have several spellings.
    if ((quantum & (left == 3 ? 0xffu : 0xffffu)) != 0) return false;
  }
  return (seen & bad) == 0;
}

void base64url_encode(std::string_view bytes, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + base64url_encoded_size(bytes.size()));
  base64url_encode_to(bytes, out.data() + start);
}

std::string base64url_encode(std::string_view bytes) {
  std::string out;
  base64url_encode(bytes, out);
  return out;
}

bool base64url_decode(std::string_view text, std::string& out) {
  out.resize(base64url_decoded_size(text.size()));
  if (base64url_decode_to(text, out.data())) return true;
  out.clear();
  return false;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  std::optional<std::string> bytes(std::in_place);
  if (!base64url_decode(text, *bytes)) bytes.reset();
  return bytes;
}

}  // namespace webtool::jose
