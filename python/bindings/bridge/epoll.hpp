// The one thing Asio does not tell: the epoll descriptor an io_context waits on. It is pollable
// itself, so that another event loop can watch it in Asio's place.
#pragma once

#include <boost/asio/io_context.hpp>

namespace webtool::python {

/// Readable whenever `context.poll()` has something to do because of a socket or a timer.
[[nodiscard]] int epoll_descriptor(boost::asio::io_context& context);

}  // namespace webtool::python
