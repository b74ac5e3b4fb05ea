// The hash of every table whose keys clients choose: SipHash-1-3 under a random key of the process.
// Without the key nobody can choose names that collide, or that fall into one shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webtool {

/// SipHash-1-3 of `bytes` under the 128-bit key (`k0`, `k1`).
[[nodiscard]] std::uint64_t siphash13(std::uint64_t k0, std::uint64_t k1,
                                      std::string_view bytes) noexcept;

/// Under this process's own key. All 64 bits may be used: some for a shard, others for its table.
[[nodiscard]] std::uint64_t keyed_hash(std::string_view bytes);

/// keyed_hash for containers.
struct KeyedHash {
  std::size_t operator()(std::string_view bytes) const { return keyed_hash(bytes); }
};

/// A KeyedHash that has been made before, for a look-up in the table of a shard it has found.
struct KnownHash {
  std::size_t value;
  std::size_t operator()(std::string_view) const noexcept { return value; }
};

}  // namespace webtool
