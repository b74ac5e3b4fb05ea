#include "core/keyed_hash.hpp"

#include <boost/endian/conversion.hpp>

#include <openssl/rand.h>

#include <bit>
#include <stdexcept>

namespace webtool {
namespace {

struct HashState {
  std::uint64_t v0, v1, v2, v3;

  void round() noexcept {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }

  void take(std::uint64_t word) noexcept {
    v3 ^= word;
    round();
    v0 ^= word;
  }
};

struct HashKey {
  std::uint64_t k0, k1;
};

HashKey random_key() {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1)
    throw std::runtime_error("the system random generator failed");
  return {boost::endian::load_little_u64(bytes), boost::endian::load_little_u64(bytes + 8)};
}

}  // namespace

std::uint64_t siphash13(std::uint64_t k0, std::uint64_t k1, std::string_view bytes) noexcept {
  HashState state{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
                  k1 ^ 0x7465646279746573};
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  auto left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) state.take(boost::endian::load_little_u64(at));
  std::uint64_t last = std::uint64_t{bytes.size() & 0xff} << 56;
  for (std::size_t i = 0; i < left; ++i) last |= std::uint64_t{at[i]} << (8 * i);
  state.take(last);
  state.v2 ^= 0xff;
  for (int i = 0; i < 3; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

std::uint64_t keyed_hash(std::string_view bytes) {
  static const HashKey key = random_key();
  return siphash13(key.k0, key.k1, bytes);
}

}  // namespace webtool
