// The coroutine type of every asynchronous call in webtool.
//
// It is bound to io_context's own executor rather than to any_io_executor. An await then costs no
// virtual call and no reference count. `co_await this_coro::executor` leads to the io_context,
// which holds per-context state such as a Redis connection.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace webtool {

/// The executor of webtool's coroutines: one io_context, run by one thread.
using Executor = boost::asio::io_context::executor_type;

/// The return type of every asynchronous function of webtool. Outside a coroutine, start such a
/// function with `boost::asio::co_spawn(io_context, …)`.
template <class T = void>
using awaitable = boost::asio::awaitable<T, Executor>;

/// Completion token that turns an Asio operation into a webtool::awaitable.
inline constexpr boost::asio::use_awaitable_t<Executor> use_awaitable{};

}  // namespace webtool
