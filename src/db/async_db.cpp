#include <webtool/db/async_db.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <condition_variable>
#include <mutex>

#include "db/session_impl.hpp"
#include "db/thread_wakeup.hpp"

namespace webtool::db {

class AsyncState {
 public:
  AsyncState(std::string_view url, Options options)
      : pool_(std::make_shared<Pool>(url, options)), threads_(pool_->options().pool_size) {}

  [[nodiscard]] Pool& pool() const noexcept { return *pool_; }

  /// Returns false after stop, because no thread can run the job then.
  template <class Job>
  [[nodiscard]] bool post(Job job) {
    const std::scoped_lock hold(mutex_);
    if (!stopped_) boost::asio::post(threads_, std::move(job));
    return !stopped_;
  }

  /// Ends the threads after they have run all posted jobs.
  void stop() {
    {
      const std::scoped_lock hold(mutex_);
      stopped_ = true;
    }
    threads_.join();
  }

 private:
  std::shared_ptr<Pool> pool_;
  std::mutex mutex_;
  bool stopped_ = false;
  boost::asio::thread_pool threads_;
};

namespace {

/// A coroutine's place in the queue for a connection. The destructor leaves the queue.
class Place {
 public:
  Place(Pool& pool, ThreadWakeup& wakeup) : pool_(pool) {
    waiter_.wake = [notifier = wakeup.notifier()] { notifier->notify(); };
    waits_ = pool_.enter(waiter_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    leave();
    if (state() == Pool::Waiter::State::granted && !taken_)
      pool_.give_back(std::move(waiter_.connection));
  }

  /// True if the coroutine had to wait for a connection when it entered.
  [[nodiscard]] bool waits() const noexcept { return waits_; }
  void leave() { pool_.leave(waiter_); }
  /// The result of the wait. Call it after `leave`.
  [[nodiscard]] Pool::Waiter::State state() const noexcept { return waiter_.state; }
  [[nodiscard]] std::shared_ptr<Lease> take() {
    taken_ = true;
    return std::make_shared<Lease>(pool_.shared_from_this(), std::move(waiter_.connection));
  }

 private:
  Pool& pool_;
  Pool::Waiter waiter_;
  bool waits_;
  bool taken_ = false;
};

awaitable<std::shared_ptr<Lease>> acquire(Pool& pool) {
  const auto deadline = std::chrono::steady_clock::now() + pool.options().acquire_timeout;
  ThreadWakeup wakeup(co_await boost::asio::this_coro::executor);
  Place place(pool, wakeup);
  if (place.waits()) co_await wakeup.wait(deadline);
  place.leave();
  const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != boost::asio::cancellation_type::none)
    throw boost::system::system_error(boost::asio::error::operation_aborted);
  if (place.state() == Pool::Waiter::State::closed) throw DatabaseError(Error::closed);
  if (place.state() == Pool::Waiter::State::left) throw DatabaseError(Error::pool_timeout);
  co_return place.take();
}

/// A session that runs on a thread of the pool while a coroutine waits for it.
class Job {
 public:
  explicit Job(std::shared_ptr<Lease> lease) : lease_(std::move(lease)) {}

  void run(const std::function<void(Session&)>& work, Access access,
           ThreadWakeup::Notifier& notifier) {
    std::exception_ptr error;
    try {
      Session session = SessionMaker::make(std::move(*lease_), access);
      work(session);
    } catch (...) {
      error = std::current_exception();
    }
    const std::scoped_lock hold(mutex_);
    error_ = std::move(error);
    done_ = true;
    changed_.notify_all();
    notifier.notify();
  }

  void wait() {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [this] { return done_; });
  }

  void rethrow() {
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  std::shared_ptr<Lease> lease_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::exception_ptr error_;
};

/// The work refers to the coroutine's frame, so the frame must exist until the work ends, even if
/// the io_context is destroyed before.
struct WaitAtEnd {
  Job& job;
  ~WaitAtEnd() { job.wait(); }
};

}  // namespace

AsyncDB::AsyncDB(std::string_view url, Options options)
    : state_(std::make_shared<AsyncState>(url, options)) {}

AsyncDB::~AsyncDB() {
  close();
  state_->stop();
}

awaitable<void> AsyncDB::run_function(std::function<void(Session&)> work, Access access) {
  const auto state = state_;
  const auto job = std::make_shared<Job>(co_await acquire(state->pool()));
  ThreadWakeup wakeup(co_await boost::asio::this_coro::executor);
  const auto task = [job, &work, access, notifier = wakeup.notifier()] {
    job->run(work, access, *notifier);
  };
  if (!state->post(task)) throw DatabaseError(Error::closed);
  {
    const WaitAtEnd guard{*job};
    co_await wakeup.wait_uncancelled();
  }
  job->rethrow();
}

void AsyncDB::close() noexcept {
  state_->pool().close();
}

Backend AsyncDB::backend() const noexcept {
  return state_->pool().backend();
}

}  // namespace webtool::db
