// The hash of all tables whose keys clients can choose: SipHash-1-3 with a random key of the
// process. Without this key a client cannot choose names that collide or that fall into one shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webtool {

/// SipHash-1-3 of `bytes` with the 128-bit key (`k0`, `k1`).
[[nodiscard]] std::uint64_t siphash13(std::uint64_t k0, std::uint64_t k1,
                                      std::string_view bytes) noexcept;

/// SipHash-1-3 with the key of this process. Callers can use all 64 bits, for example some for the
/// shard and others for its table.
[[nodiscard]] std::uint64_t keyed_hash(std::string_view bytes);

/// keyed_hash for containers.
struct KeyedHash {
  std::size_t operator()(std::string_view bytes) const { return keyed_hash(bytes); }
};

/// A precomputed KeyedHash. It selects the shard and then serves the look-up in the shard's table.
struct KnownHash {
  std::size_t value;
  std::size_t operator()(std::string_view) const noexcept { return value; }
};

}  // namespace webtool
