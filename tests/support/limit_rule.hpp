// Rules in one line, and all algorithms in a row: the tests of limits need many of both.
#pragma once

#include <chrono>
#include <cstdint>

#include <webtool/throttle/rule.hpp>

namespace webtool::test {

inline constexpr throttle::Algorithm algorithms[] = {throttle::Algorithm::sliding_window,
                                                     throttle::Algorithm::gcra,
                                                     throttle::Algorithm::fixed_window};

inline throttle::LimitRule rule(
    std::uint32_t max_requests = 10, std::chrono::microseconds interval = std::chrono::seconds(10),
    throttle::Algorithm algorithm = throttle::Algorithm::sliding_window) {
  throttle::LimitRule rule;
  rule.max_requests = max_requests;
  rule.interval = interval;
  rule.algorithm = algorithm;
  return rule;
}

}  // namespace webtool::test
