// Runs coroutines against a client to their end.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <utility>

#include <webtool/core/awaitable.hpp>

namespace webtool::test {

/// Runs `body()` on `context` until it is done, and lets its exception through. Other things may
/// be under way on the context, before and after.
template <class Body>
void run(boost::asio::io_context& context, Body body) {
  std::exception_ptr failure;
  bool done = false;
  boost::asio::co_spawn(context, std::move(body), [&](std::exception_ptr error) {
    failure = error;
    done = true;
  });
  context.restart();
  while (!done && context.run_one() > 0) continue;
  if (failure) std::rethrow_exception(failure);
  if (!done) throw std::runtime_error("the coroutine never ended");
}

}  // namespace webtool::test
