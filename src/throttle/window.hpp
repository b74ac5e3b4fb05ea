// The arithmetic of windows on the words of a state (src/throttle/layout.hpp). Pure functions: the
// time is an argument. lua/throttle/decide.lua implements the same arithmetic on the same words,
// and a test compares both.
#pragma once

#include <cstdint>
#include <vector>

#include <webtool/throttle/base_limiter.hpp>

#include "throttle/layout.hpp"

namespace webtool::throttle {

using Words = std::vector<std::int64_t>;

/// Returns the state's own time for the clock time `now`. If the clock was set back, the state's
/// time continues from the last charge, so that no client is admitted or denied because of the
/// change.
[[nodiscard]] std::int64_t advance(Words& words, std::int64_t now);

/// Returns the outcome for a request of that cost. Charges nothing.
[[nodiscard]] Outcome evaluate(const Limit& limit, LimitPlace place, const Words& words,
                               std::int64_t time, std::uint64_t cost);

/// Charges a request that `evaluate` allowed, and updates `outcome` to the state after it.
void charge(const Limit& limit, LimitPlace place, Words& words, std::int64_t time,
            std::uint64_t cost, Outcome& outcome);

/// Returns the time after `time` until the limit is as if never charged.
[[nodiscard]] std::int64_t time_until_idle(const Limit& limit, LimitPlace place, const Words& words,
                                           std::int64_t time);

}  // namespace webtool::throttle
