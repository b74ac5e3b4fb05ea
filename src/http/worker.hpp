// The part of a server that runs on one thread: an io_context, a listening socket, and its accepted
// connections. Workers share none of these.
//
// A few times a second, the worker checks the deadlines of all connections together. A request then
// reads the clock once, while a separate timer would cost several system calls.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <webtool/core/awaitable.hpp>
#include <webtool/http/options.hpp>

#include "core/timer.hpp"
#include "http/connection.hpp"

namespace webtool::http {

class Worker {
 public:
  /// Starts to listen. If `share` is true, other workers of this process may use the same address.
  Worker(const ServerOptions& options, const Router& router, const ResponseHook& on_response,
         const boost::asio::ip::tcp::endpoint& endpoint, bool share);

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }

  /// Serves until drained.
  void run();
  /// See Server::stop. Any thread may call this.
  void drain();

 private:
  using Tcp = boost::asio::ip::tcp;
  using SteadyClock = std::chrono::steady_clock;

  awaitable<> accept();
  awaitable<> serve(Socket socket);
  awaitable<> pause();
  awaitable<> tick();
  void begin_drain();
  void stop_if_drained();

  const std::size_t max_connections_;
  // The io_context owns the coroutines, which own the connections, so the list must outlive it.
  Shared shared_;
  boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> connections_;
  std::size_t open_ = 0;
  boost::asio::io_context context_{1};
  boost::asio::basic_socket_acceptor<Tcp, Executor> acceptor_{context_.get_executor()};
  SteadyTimer ticks_{context_.get_executor()};
  SteadyTimer pause_{context_.get_executor()};
  SteadyClock::time_point drain_deadline_ = SteadyClock::time_point::max();
};

}  // namespace webtool::http
