// Shared by all limiters: which counters and limits count an attempt, how often it is charged, and
// the key of a counter in one process.
#pragma once

#include <algorithm>
#include <cstdint>

#include <string>

#include <webtool/throttle/base_limiter.hpp>

namespace webtool::throttle {

[[nodiscard]] inline bool counts(const Limit& limit, const Attempt& attempt) {
  return (attempt.rules >> limit.rule & 1) != 0;
}

[[nodiscard]] inline bool counts(const Counter& counter, const Attempt& attempt) {
  const auto& limits = counter.group->limits;
  return std::any_of(limits.begin(), limits.end(),
                     [&](const Limit& limit) { return counts(limit, attempt); });
}

/// In 64 bits, because an overflow of two 32-bit numbers would make the request cheap.
[[nodiscard]] inline std::uint64_t cost(const Limit& limit, std::uint32_t times) {
  return std::uint64_t{limit.cost} * times;
}

/// Returns the minimum number of charges if the attempt is allowed.
[[nodiscard]] inline std::uint32_t least_times(const Attempt& attempt) {
  return attempt.partial ? std::min(attempt.times, 1U) : attempt.times;
}

/// Sets `key` to the counter's key in this process. No two counters have the same key.
void write_counter_key(std::string& key, const Identity& identity, const Counter& counter);

}  // namespace webtool::throttle
