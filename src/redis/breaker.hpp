// The circuit breaker: after several failures in a row a dead server is not asked again, but for
// one probe every so often, so that it costs its callers microseconds instead of a timeout each.
// Pure: the time is handed in.
#pragma once

#include <chrono>

namespace webtool::redis {

class Breaker {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Breaker(unsigned failures, std::chrono::steady_clock::duration delay) noexcept
      : limit_(failures), delay_(delay) {}

  [[nodiscard]] bool open() const noexcept { return failures_ >= limit_; }

  /// Whether a command may go ahead. While open, a `true` is the one probe of the next `delay`.
  [[nodiscard]] bool allow(Time now) noexcept;

  /// True where this failure opened the breaker.
  bool failed(Time now) noexcept;
  /// True where this success closed it.
  bool succeeded() noexcept;

 private:
  unsigned limit_;
  std::chrono::steady_clock::duration delay_;
  unsigned failures_ = 0;
  Time next_probe_{};
};

}  // namespace webtool::redis
