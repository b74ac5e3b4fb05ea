// Another event loop that polls an io_context needs two private parts of Asio. The first is the
// epoll descriptor on which Asio waits, which can be polled too. The second is the state that tells
// Asio that a thread waits: then work from other threads, such as a finished name lookup, makes the
// descriptor readable.
#pragma once

#include <boost/asio/io_context.hpp>

namespace webtool::python {

class Epoll {
 public:
  explicit Epoll(boost::asio::io_context& context);

  /// Readable whenever `poll` has something to do.
  [[nodiscard]] int descriptor() const;
  /// Call after polling: work from other threads then makes the descriptor readable.
  void wait() { set_interrupted(false); }
  /// Call before this thread submits work: it need not wake itself, because it will poll anyway.
  void work() { set_interrupted(true); }

 private:
  void set_interrupted(bool interrupted);
  boost::asio::io_context& context_;
  boost::asio::detail::io_context_impl& scheduler_;
};

}  // namespace webtool::python
