// One client's connection. It reads requests, dispatches them, writes the responses and observes
// its deadline. It reuses its buffers for the next request.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <string>

#include <webtool/core/awaitable.hpp>
#include <webtool/http/options.hpp>
#include <webtool/http/request.hpp>
#include <webtool/http/response.hpp>
#include <webtool/http/response_hook.hpp>

#include "http/request_reader.hpp"
#include "http/router.hpp"

namespace webtool::http {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

/// The data that the connections of a worker share.
struct Shared {
  const ServerOptions& options;
  const Router& router;
  const ResponseHook& on_response;
  std::string date{};     ///< the value of the Date header, updated every second
  bool draining = false;  ///< accept no request after the current one
};

class Connection : public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  using Clock = std::chrono::steady_clock;

  Connection(Socket socket, Shared& shared);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Serves the client until either side closes the connection.
  awaitable<> serve();

  /// Ends the current operation if its deadline has passed.
  void check_deadline(Clock::time_point now);
  /// Closes the connection if it has no current request.
  void close_if_idle();
  void close();

 private:
  using Phase = RequestReader::Phase;

  void answer(Response&& response);
  void apply_hook(Response& response) const;
  bool flush_at_once();
  awaitable<bool> flush();
  awaitable<> linger();
  void set_read_deadline();
  void set_deadline(std::chrono::milliseconds from_now) { deadline_ = Clock::now() + from_now; }

  Socket socket_;
  Shared& shared_;
  RequestParts parts_;
  RequestReader reader_;
  std::string out_;          // responses that are not fully sent
  std::size_t written_ = 0;  // the number of sent bytes of out_
  Clock::time_point deadline_ = Clock::time_point::max();
  Phase timed_ = Phase::head;  // the phase that deadline_ limits, while reading
  bool is_first_ = true;       // no request has been answered yet
  bool is_open_ = true;        // another request may follow
  bool is_reading_ = false;
  bool is_late_ = false;
};

}  // namespace webtool::http
