// The circuit breaker. After several failures in a row, commands to a dead server fail immediately
// instead of after a timeout. Only one probe in each `delay` is sent. Pure: the time is an
// argument.
#pragma once

#include <chrono>

namespace webtool::redis {

class Breaker {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Breaker(unsigned failures, std::chrono::steady_clock::duration delay) noexcept
      : limit_(failures), delay_(delay) {}

  [[nodiscard]] bool open() const noexcept { return failures_ >= limit_; }

  /// Returns whether a command may be sent. If the breaker is open, `true` is the only probe of the
  /// next `delay`.
  [[nodiscard]] bool allow(Time now) noexcept;

  /// Returns true if this failure opened the breaker.
  bool failed(Time now) noexcept;
  /// Returns true if this success closed the breaker.
  bool succeeded() noexcept;

 private:
  unsigned limit_;
  std::chrono::steady_clock::duration delay_;
  unsigned failures_ = 0;
  Time next_probe_{};
};

}  // namespace webtool::redis
