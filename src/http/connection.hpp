// One client's connection: reads requests, has them answered, writes the answers, keeps to its
// deadline. Everything it needs again for the next request it keeps.
#pragma once

#include <webtool/core/awaitable.hpp>
#include <webtool/http/options.hpp>
#include <webtool/http/request.hpp>
#include <webtool/http/response.hpp>
#include <webtool/http/response_hook.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <string>

#include "http/request_reader.hpp"
#include "http/router.hpp"

namespace webtool::http {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

/// What the connections of a worker share.
struct Shared {
  const ServerOptions& options;
  const Router& router;
  const ResponseHook& on_response;
  std::string date{};     ///< the Date header's value, renewed every second
  bool draining = false;  ///< no request after the one under way
};

class Connection : public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  using Clock = std::chrono::steady_clock;

  Connection(Socket socket, Shared& shared);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Serves the client until either side ends it.
  awaitable<> serve();

  /// Ends what takes longer than it may.
  void check_deadline(Clock::time_point now);
  /// Ends the connection where it is between requests.
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
  std::string out_;          // answers that have not gone yet
  std::size_t written_ = 0;  // of them, what has
  Clock::time_point deadline_ = Clock::time_point::max();
  Phase timed_ = Phase::head;  // what deadline_ is for, while reading
  bool is_first_ = true;       // no request has been answered yet
  bool is_open_ = true;        // there may be another request
  bool is_reading_ = false;
  bool is_late_ = false;
};

}  // namespace webtool::http
