// Time is always handed in, so that expiry can be tested without sleeping.
#pragma once

#include <chrono>
#include <functional>

namespace webtool {

/// Wall-clock time (UTC) to the microsecond: the resolution of token times and session records.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Where an object takes the time from. The default is `system_now`; tests put their own here.
using Clock = std::function<Timestamp()>;

/// The system's wall clock.
inline Timestamp system_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// A clock that is never set: for measuring how much time passes. Its zero is of no meaning.
inline Timestamp steady_now() {
  return Timestamp(std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now().time_since_epoch()));
}

}  // namespace webtool
