// Asio inside asyncio: each asyncio loop gets an io_context that is polled from it, in its thread.
//
// The loop watches the io_context's epoll descriptor as a reader; every submission polls once, at
// once or with the loop's next turn. There is no second thread, and nothing blocks. Whatever
// touches a Loop holds the GIL, and polling does not give it up: that is all the locking there is.
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
  /// A coroutine that waits for something outside of the io_context, and must not outlive it.
  struct Guest {
    virtual ~Guest() = default;
    virtual void drop() noexcept = 0;
  };

  /// That of the running asyncio loop, made at its first use. Throws RuntimeError where none runs.
  static Loop& current();
  /// Ends all of them, with the operations under way.
  static void end_all() noexcept;

  explicit Loop(nb::handle asyncio_loop);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs what is ready.
  void poll() noexcept;
  /// The same with the loop's next turn: what several tasks submit in one turn leaves together.
  void poll_soon();

  /// Where to start operations; to be polled for after that.
  [[nodiscard]] Executor executor() {
    epoll_.work();
    return context_.get_executor();
  }
  /// The asyncio loop.
  [[nodiscard]] nb::handle asyncio() const { return asyncio_; }
  [[nodiscard]] bool closed() const;

  void add(Guest& guest) { guests_.insert(&guest); }
  void remove(Guest& guest) { guests_.erase(&guest); }

  /// Operations that have been submitted and are not done.
  std::size_t under_way = 0;

 private:
  nb::handle asyncio_;  // not owned: the loop's end is the end of this
  nb::object death_;
  nb::object poll_;
  bool poll_due_ = false;
  std::unordered_set<Guest*> guests_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<Executor> work_{context_.get_executor()};
  Epoll epoll_{context_};
};

}  // namespace webtool::python
