// Lets a coroutine wait for an event on another thread. The wait needs no thread of its own. An
// event after the end of the coroutine or its io_context has no effect.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>

#include <webtool/core/awaitable.hpp>

#include "core/timer.hpp"

namespace webtool::db {

/// The waiting coroutine owns this object. Other threads call its Notifier.
class ThreadWakeup {
 public:
  class Notifier : public std::enable_shared_from_this<Notifier> {
   public:
    /// Wakes the coroutine if it still exists. Any thread may call this.
    void notify();

   private:
    friend class ThreadWakeup;
    std::mutex mutex_;
    SteadyTimer* timer_ = nullptr;  // null after the end of the coroutine
  };

  explicit ThreadWakeup(const Executor& executor);
  ThreadWakeup(const ThreadWakeup&) = delete;
  ThreadWakeup& operator=(const ThreadWakeup&) = delete;
  ~ThreadWakeup();

  [[nodiscard]] std::shared_ptr<Notifier> notifier() const { return notifier_; }

  /// Waits until the notifier is called, `deadline` passes or the caller is cancelled. The caller
  /// does not learn which of them happened.
  [[nodiscard]] awaitable<void> wait(std::chrono::steady_clock::time_point deadline);
  /// Waits until the notifier is called. A cancellation of the caller does not end the wait.
  [[nodiscard]] awaitable<void> wait_uncancelled();

 private:
  SteadyTimer timer_;
  std::shared_ptr<Notifier> notifier_;
};

}  // namespace webtool::db
