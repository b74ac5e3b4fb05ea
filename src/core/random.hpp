// Randomness: unpredictable bytes for ids and keys, and quick chance for waits.
#pragma once

#include <cstddef>
#include <span>

namespace webtool {

/// Fills `bytes` from the system's cryptographic random source. Throws std::runtime_error if it
/// fails.
void fill_random(std::span<unsigned char> bytes);

/// A number in [0, 1), different on every thread. Not for secrets.
[[nodiscard]] double random_chance();

}  // namespace webtool
