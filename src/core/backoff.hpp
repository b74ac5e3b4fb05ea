// How long to wait before the next attempt: twice as long each time, and differently long for
// everyone who waits for the same thing. Pure: chance is handed in.
#pragma once

#include <algorithm>
#include <chrono>

namespace webtool {

class Backoff {
 public:
  using Duration = std::chrono::steady_clock::duration;

  Backoff(Duration first, Duration last) noexcept : first_(first), last_(last), next_(first) {}

  /// The wait before the next attempt: from half of it to all of it, as `chance` in [0, 1) says.
  [[nodiscard]] Duration next(double chance) noexcept {
    const auto ceiling = static_cast<double>(next_.count());
    next_ = std::min(last_, next_ * 2);
    return Duration(static_cast<Duration::rep>(ceiling * (0.5 + chance / 2)));
  }

  void reset() noexcept { next_ = first_; }

 private:
  Duration first_;
  Duration last_;
  Duration next_;
};

}  // namespace webtool
