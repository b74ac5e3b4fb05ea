#include "http/connection.hpp"

#include <webtool/http/failure.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <exception>
#include <stdexcept>
#include <utility>

#include "http/dispatch.hpp"
#include "http/render.hpp"

namespace webtool::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Responses to pipelined requests are sent together, up to about this size.
constexpr std::size_t write_threshold = 64 * 1024;
// The time for the client to close its side after the last response.
constexpr std::chrono::seconds linger_timeout(2);
// The size of the output buffer that a connection keeps for the next response.
constexpr std::size_t small_buffer = 4096;

void forget(std::string& buffer) {
  if (buffer.capacity() > small_buffer) std::string().swap(buffer);
  buffer.clear();
}

}  // namespace

Connection::Connection(Socket socket, Shared& shared)
    : socket_(std::move(socket)),
      shared_(shared),
      reader_(parts_, shared.options.header_limit, shared.options.body_limit) {
  error_code gone;  // the first read reports this error too
  socket_.non_blocking(true, gone);
  socket_.set_option(asio::ip::tcp::no_delay(true), gone);
  parts_.peer = socket_.remote_endpoint(gone).address();
  set_deadline(shared.options.header_timeout);
}

awaitable<> Connection::serve() {
  while (is_open_) {
    const auto phase = reader_.advance();
    if (phase == Phase::complete) {
      deadline_ = Clock::time_point::max();
      auto match = shared_.router.match(parts_);
      if (match.route != nullptr) {
        Request request(parts_);
        match.answer = co_await dispatch(*match.route, request);
      }
      is_open_ = reader_.keep_alive() && !shared_.draining;
      answer(std::move(match.answer));
      reader_.finish();
      is_first_ = false;
      timed_ = Phase::complete;
      if (out_.size() < write_threshold) continue;
    } else if (phase == Phase::failed) {
      is_open_ = false;
      answer(problem(reader_.status()));
      continue;
    } else if (reader_.take_expectation()) {
      out_.append("HTTP/1.1 100 Continue\r\n\r\n");
    }
    if (!flush_at_once() && !co_await flush()) co_return;
    if (phase == Phase::complete) continue;

    if (phase == Phase::idle && shared_.draining) co_return;
    set_read_deadline();
    error_code error;
    is_reading_ = true;
    const auto size = co_await socket_.async_read_some(reader_.prepare(),
                                                       asio::redirect_error(use_awaitable, error));
    is_reading_ = false;
    if (is_late_ && phase != Phase::idle) {  // even after new bytes, which may never end
      is_open_ = is_late_ = false;
      answer(problem(408));
    } else if (error || is_late_) {
      co_return;
    } else {
      reader_.commit(size);
    }
  }
  if (!flush_at_once() && !co_await flush()) co_return;
  co_await linger();
}

void Connection::check_deadline(Clock::time_point now) {
  if (now < deadline_) return;
  deadline_ = Clock::time_point::max();
  is_late_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::close_if_idle() {
  error_code ignored;
  if (is_reading_ && reader_.phase() == Phase::idle) socket_.cancel(ignored);
}

void Connection::close() {
  error_code ignored;
  socket_.close(ignored);
}

void Connection::answer(Response&& response) {
  if (shared_.on_response) apply_hook(response);
  const bool understood = reader_.phase() == Phase::complete;
  const RenderOptions options{.date = shared_.date,
                              .is_head = understood && parts_.method == "HEAD",
                              .keep_alive = is_open_,
                              .say_keep_alive = understood && !reader_.is_http11()};
  render(response, options, out_);
}

// For a request that could not be read, the hook receives only the peer.
void Connection::apply_hook(Response& response) const {
  try {
    const RequestParts unread{.peer = parts_.peer};
    const Request request(reader_.has_head() ? parts_ : unread);
    shared_.on_response(request, response);
    if (!is_final(response.status))
      throw std::out_of_range("the status of a response must be from 200 to 599");
  } catch (...) {
    response = failure(std::current_exception(), "response hook");
  }
}

// One deadline covers a whole header or body, for any number of reads.
void Connection::set_read_deadline() {
  const auto phase = reader_.phase();
  if (phase == timed_ || (is_first_ && phase != Phase::body)) return;
  timed_ = phase;
  const auto& options = shared_.options;
  set_deadline(phase == Phase::idle   ? options.idle_timeout
               : phase == Phase::body ? options.body_timeout
                                      : options.header_timeout);
}

// Most responses fit into the socket's buffer and can be sent without waiting. Returns true if
// everything was sent.
bool Connection::flush_at_once() {
  if (out_.empty()) return true;
  error_code error;
  written_ = socket_.write_some(asio::buffer(out_), error);
  if (written_ < out_.size()) return false;
  forget(out_);
  return true;
}

// Returns false if the client has gone or does not read. Then the connection is reset, because the
// system would keep trying to send the written bytes.
awaitable<bool> Connection::flush() {
  timed_ = Phase::complete;
  set_deadline(shared_.options.write_timeout);
  error_code error;
  co_await asio::async_write(socket_, asio::buffer(out_) + written_,
                             asio::redirect_error(use_awaitable, error));
  deadline_ = Clock::time_point::max();
  forget(out_);
  if (is_late_) {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }
  co_return !error && !is_late_;
}

// If a socket with unread input is closed, the connection is reset, and the client can lose a
// response that it has not read yet. So this shuts down the sending side, and reads until the
// client closes.
awaitable<> Connection::linger() {
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  set_deadline(linger_timeout);
  std::array<char, 1024> discarded;
  while (!error && !is_late_) {
    co_await socket_.async_read_some(asio::buffer(discarded),
                                     asio::redirect_error(use_awaitable, error));
  }
}

}  // namespace webtool::http
