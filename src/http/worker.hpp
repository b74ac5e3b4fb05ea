// One thread's share of a server: an io_context, a listening socket, and the connections it
// accepted. Nothing of it is shared with other workers.
//
// Deadlines are looked at a few times a second for all connections together. That costs a request
// one look at the clock, where a timer of its own would cost it several system calls.
#pragma once

#include <webtool/core/awaitable.hpp>
#include <webtool/http/options.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/timer.hpp"
#include "http/connection.hpp"

namespace webtool::http {

class Worker {
 public:
  /// Listens. With `share` others of this process may listen on the same address.
  Worker(const ServerOptions& options, const Router& router, const ResponseHook& on_response,
         const boost::asio::ip::tcp::endpoint& endpoint, bool share);

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }

  /// Serves until drained.
  void run();
  /// See Server::stop. From any thread.
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
  // Connections live in their coroutines, which live in the io_context: the list must outlive it.
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
