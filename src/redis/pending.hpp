// A command and the coroutine that waits for it. It lives in the coroutine's frame and stores the
// completion handler in place, so that waiting allocates nothing.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

#include "redis/multiplexer.hpp"

namespace webtool::redis {

class Pending : public Request {
 public:
  Pending() = default;
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  template <class Handler>
  void wait(Handler handler) {
    static_assert(sizeof(Handler) <= sizeof storage_ && alignof(Handler) <= alignof(void*));
    new (storage_) Handler(std::move(handler));
    act_ = [](void* storage, bool resume) {
      auto* stored = std::launder(static_cast<Handler*>(storage));
      Handler taken(std::move(*stored));
      stored->~Handler();
      if (resume) std::move(taken)();
    };
  }

  /// Resumes the coroutine. This object may not exist afterwards.
  void resume() { act_(storage_, true); }
  /// Drops the coroutine without resuming it, because its io_context is being destroyed.
  void discard() { act_(storage_, false); }

 private:
  alignas(void*) std::byte storage_[4 * sizeof(void*)];
  void (*act_)(void* storage, bool resume) = nullptr;
};

}  // namespace webtool::redis
