// The arithmetic of windows, on the words of a state (src/throttle/layout.hpp). Pure: time is an
// argument. The Redis script lua/throttle/decide.lua does the same on the same words, and a test
// compares the two.
#pragma once

#include <cstdint>
#include <vector>

#include <webtool/throttle/base_limiter.hpp>

#include "throttle/layout.hpp"

namespace webtool::throttle {

using Words = std::vector<std::int64_t>;

/// The state's own time when the clock says `now`: it goes on where it was when the clock is set
/// back, so that nobody is admitted or kept out for that.
[[nodiscard]] std::int64_t advance(Words& words, std::int64_t now);

/// What the limit says to a request of that cost; nothing is charged.
[[nodiscard]] Outcome evaluate(const Limit& limit, LimitPlace place, const Words& words,
                               std::int64_t time, std::uint64_t cost);

/// Charges what `evaluate` has allowed, and sets in its outcome what is left then.
void charge(const Limit& limit, LimitPlace place, Words& words, std::int64_t time,
            std::uint64_t cost, Outcome& outcome);

/// How long after `time` the limit is as if it had never been charged.
[[nodiscard]] std::int64_t time_until_idle(const Limit& limit, LimitPlace place, const Words& words,
                                           std::int64_t time);

}  // namespace webtool::throttle
