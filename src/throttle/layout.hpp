// Where the limits of a group keep their numbers in the group's state, a row of 64-bit words:
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
#include <string>
#include <vector>

#include <webtool/throttle/policy.hpp>

namespace webtool::throttle {

/// The words of one limit.
struct LimitPlace {
  std::uint32_t head = 0;
  std::uint32_t ring = 0;
};

struct Layout {
  std::vector<LimitPlace> places{};  ///< of the group's limits, in their order
  std::uint32_t words = 0;           ///< of the whole state, when every ring is full
  std::string packed{};              ///< limits and places as lua/throttle/decide.lua reads them
};

/// The largest ring is the last, because a ring that is not full takes its room only if another
/// follows.
[[nodiscard]] Layout lay_out(const std::vector<Limit>& limits);

}  // namespace webtool::throttle
