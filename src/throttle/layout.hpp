// The layout of a group's state: an array of 64-bit words.
//
//   0       the time of the last charge
//   1       an offset added to the clock, so that time never runs behind the last charge
//   head    two words for each limit:  sliding_window  how many charges so far, and how many of
//                                                      them have left the window
//                                      gcra            when the bucket is full again, and 0
//                                      fixed_window    the start of the window, and its count
//   ring    for each sliding_window: the times of the last max_requests charges
//
// A missing word is 0, so that a state grows only as it is used.
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
  std::vector<LimitPlace> places{};  ///< of each limit of the group, in order
  std::uint32_t words = 0;           ///< the size of the state if every ring is full
  std::string packed{};              ///< limits and places in the format of lua/throttle/decide.lua
};

/// The largest ring is the last one, because only the last ring can be shorter than its full size.
[[nodiscard]] Layout lay_out(const std::vector<Limit>& limits);

}  // namespace webtool::throttle
