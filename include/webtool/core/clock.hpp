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

/// The time of a monotonic clock, to the microsecond. Only differences are meaningful, so it is a
/// type of its own: it does not mix with Timestamp.
using SteadyTimestamp =
    std::chrono::time_point<std::chrono::steady_clock, std::chrono::microseconds>;

/// The source of the monotonic time of an object. The default is `steady_now`.
using SteadyClock = std::function<SteadyTimestamp()>;

/// The system's monotonic clock.
inline SteadyTimestamp steady_now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::steady_clock::now());
}

}  // namespace webtool
