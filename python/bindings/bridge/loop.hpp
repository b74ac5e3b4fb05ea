// Asio inside asyncio: each asyncio loop has an io_context, and polls it in the loop's thread.
//
// The loop watches the io_context's epoll descriptor as a reader. Every submission polls once, at
// once or in the next iteration of the loop. There is no second thread, and nothing blocks. All
// code that uses a Loop holds the GIL, and polling does not release the GIL, so there is no other
// locking.
#pragma once

#include <nanobind/nanobind.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <unordered_set>

#include <webtool/core/awaitable.hpp>

#include "bridge/epoll.hpp"

namespace webtool::python {
namespace nb = nanobind;

class Loop {
 public:
  /// A coroutine that waits for an event outside of the io_context, and must not outlive the Loop.
  struct Guest {
    virtual ~Guest() = default;
    virtual void drop() noexcept = 0;
  };

  /// Returns the Loop of the running asyncio loop, and creates it at first use. Throws RuntimeError
  /// if no asyncio loop is running.
  static Loop& current();
  /// Ends all loops and their operations in progress.
  static void end_all() noexcept;

  explicit Loop(nb::handle asyncio_loop);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs all handlers that are ready.
  void poll() noexcept;
  /// Polls in the loop's next iteration, so that the submissions of several tasks are sent
  /// together.
  void poll_soon();

  /// Returns the executor on which to start operations. Poll after starting an operation.
  [[nodiscard]] Executor executor() {
    epoll_.work();
    return context_.get_executor();
  }
  /// The asyncio loop.
  [[nodiscard]] nb::handle asyncio() const { return asyncio_; }
  [[nodiscard]] bool closed() const;

  void add(Guest& guest) { guests_.insert(&guest); }
  void remove(Guest& guest) { guests_.erase(&guest); }

  /// The number of operations that have been submitted and are not done.
  std::size_t under_way = 0;

 private:
  nb::handle asyncio_;  // not owned: the end of the asyncio loop ends this object
  nb::object death_;
  nb::object poll_;
  bool poll_due_ = false;
  std::unordered_set<Guest*> guests_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<Executor> work_{context_.get_executor()};
  Epoll epoll_{context_};
};

}  // namespace webtool::python
