#include "db/thread_wakeup.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

namespace webtool::db {

// While this function holds the lock, the timer and its io_context exist. Only the io_context's
// thread may touch the timer, so the cancellation is posted. The coroutine runs on that thread too,
// so the posted function runs after the coroutine began to wait.
void ThreadWakeup::Notifier::notify() {
  const std::scoped_lock hold(mutex_);
  if (timer_ == nullptr) return;
  boost::asio::post(timer_->get_executor(), [self = shared_from_this()] {
    if (self->timer_ != nullptr) self->timer_->cancel();
  });
}

ThreadWakeup::ThreadWakeup(const Executor& executor)
    : timer_(executor), notifier_(std::make_shared<Notifier>()) {
  notifier_->timer_ = &timer_;
}

ThreadWakeup::~ThreadWakeup() {
  const std::scoped_lock hold(notifier_->mutex_);
  notifier_->timer_ = nullptr;
}

awaitable<void> ThreadWakeup::wait(std::chrono::steady_clock::time_point deadline) {
  boost::system::error_code ignored;
  timer_.expires_at(deadline);
  co_await timer_.async_wait(boost::asio::redirect_error(use_awaitable, ignored));
}

awaitable<void> ThreadWakeup::wait_uncancelled() {
  boost::system::error_code ignored;
  timer_.expires_at(std::chrono::steady_clock::time_point::max());
  co_await timer_.async_wait(boost::asio::redirect_error(
      boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot(), use_awaitable),
      ignored));
}

}  // namespace webtool::db
