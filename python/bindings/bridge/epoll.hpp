// The two things Asio does not tell, and which it takes to have an io_context polled by another
// event loop: the epoll descriptor it waits on, which is pollable itself; and that it is waited
// for, so that work from other threads (a name that has been looked up) makes the descriptor
// readable.
#pragma once

#include <boost/asio/io_context.hpp>

namespace webtool::python {

class Epoll {
 public:
  explicit Epoll(boost::asio::io_context& context);

  /// Readable whenever `poll` has something to do.
  [[nodiscard]] int descriptor() const;
  /// To be said after polling: until the next time, other threads are to make it readable.
  void wait() { set_interrupted(false); }
  /// To be said before this thread gives it work, which it is going to poll for anyway.
  void work() { set_interrupted(true); }

 private:
  void set_interrupted(bool interrupted);
  boost::asio::io_context& context_;
  boost::asio::detail::io_context_impl& scheduler_;
};

}  // namespace webtool::python
