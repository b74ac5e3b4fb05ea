// Objects take the time from a Clock argument, so that tests of expiry need not sleep.
#pragma once

#include <chrono>
#include <functional>

namespace webtool {

/// Wall-clock time (UTC) in microseconds, the resolution of token times and session records.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// The source of the time of an object. The default is `system_now`; tests pass their own clock.
using Clock = std::function<Timestamp()>;

/// The system's wall clock.
inline Timestamp system_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// A monotonic clock. Only differences are meaningful.
inline Timestamp steady_now() {
  return Timestamp(std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now().time_since_epoch()));
}

}  // namespace webtool
