// The arithmetic of windows, on a state of 64-bit words. Pure: time is an argument. The Redis
// script lua/throttle/decide.lua does the same on the same words, and a test holds them together.
//
//   0       the time of the last charge
//   1       what is added to the clock, so that time never runs behind the last charge
//   head    two words of each limit:  sliding_window  charged so far, and how many of them have
//                                                     left the window
//                                     gcra            the time at which the bucket is full again
//                                     fixed_window    the window's start, and its count
//   ring    of each sliding_window: the times of the last max_requests charges
//
// Words that are not there are 0, so that a state grows with its use.
#pragma once

#include <cstdint>
#include <vector>

#include <webtool/throttle/base_limiter.hpp>

namespace webtool::throttle {

/// Gives each limit its `head` and `ring`, and the words of all of them together. The largest ring
/// is the last, because a ring that is not full takes its room only where another follows.
std::uint32_t lay_out(std::vector<Limit>& limits);

using Words = std::vector<std::int64_t>;

/// The state's own time when the clock says `now`: it goes on where it was when the clock is set
/// back, so that nobody is admitted or kept out for that.
[[nodiscard]] std::int64_t advance(Words& words, std::int64_t now);

/// What the limit says to a request of that cost; nothing is charged.
[[nodiscard]] Outcome look(const Limit& limit, const Words& words, std::int64_t time,
                           std::uint64_t cost);

/// Charges what `look` has allowed, and makes its outcome say what is left then.
void charge(const Limit& limit, Words& words, std::int64_t time, std::uint64_t cost,
            Outcome& outcome);

/// How long after `time` the limit is as if it had never been charged.
[[nodiscard]] std::int64_t rest(const Limit& limit, const Words& words, std::int64_t time);

}  // namespace webtool::throttle
