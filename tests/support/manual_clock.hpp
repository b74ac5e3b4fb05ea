// A clock that moves when the test says so.
#pragma once

#include <atomic>
#include <memory>

#include <webtool/core/clock.hpp>

namespace webtool::test {

class ManualClock {
 public:
  /// Starts at the real time, since a real store counts its own.
  ManualClock() : now_(std::make_shared<std::atomic<Timestamp>>(system_now())) {}

  void advance(std::chrono::microseconds time) { *now_ = now_->load() + time; }
  [[nodiscard]] Timestamp now() const { return *now_; }

  /// The same time as a monotonic clock has it.
  [[nodiscard]] SteadyClock steady_clock() const {
    return [now = now_] { return SteadyTimestamp(now->load().time_since_epoch()); };
  }
  /// What to give to an object; it may outlive this one.
  [[nodiscard]] Clock clock() const {
    return [now = now_] { return now->load(); };
  }

 private:
  std::shared_ptr<std::atomic<Timestamp>> now_;
};

}  // namespace webtool::test
