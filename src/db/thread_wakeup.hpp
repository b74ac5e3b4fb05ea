// Lets a coroutine wait for what happens on another thread, without a thread of its own to wait in
// and without a trace once the coroutine or its io_context are gone.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>

#include <webtool/core/awaitable.hpp>

#include "core/timer.hpp"

namespace webtool::db {

/// Lives in the coroutine that waits; what others call is a Notifier.
class ThreadWakeup {
 public:
  class Notifier : public std::enable_shared_from_this<Notifier> {
   public:
    /// Wakes the coroutine, if it is still there. From any thread.
    void notify();

   private:
    friend class ThreadWakeup;
    std::mutex mutex_;
    SteadyTimer* timer_ = nullptr;  // null once the coroutine is gone
  };

  explicit ThreadWakeup(const Executor& executor);
  ThreadWakeup(const ThreadWakeup&) = delete;
  ThreadWakeup& operator=(const ThreadWakeup&) = delete;
  ~ThreadWakeup();

  [[nodiscard]] std::shared_ptr<Notifier> notifier() const { return notifier_; }

  /// Until the notifier is called, `deadline` passes or the caller is cancelled; which of them is
  /// not told.
  [[nodiscard]] awaitable<void> wait(std::chrono::steady_clock::time_point deadline);
  /// Until the notifier is called. Cancelling the caller has no effect before.
  [[nodiscard]] awaitable<void> wait_uncancelled();

 private:
  SteadyTimer timer_;
  std::shared_ptr<Notifier> notifier_;
};

}  // namespace webtool::db
