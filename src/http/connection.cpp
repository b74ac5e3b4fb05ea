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

// Answers to requests that came together leave together, up to about this many bytes.
constexpr std::size_t write_threshold = 64 * 1024;
// How long, after the last answer, the client may take to close its side.
constexpr std::chrono::seconds linger_timeout(2);
// What a connection keeps of its output buffer for the next answer.
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
  error_code gone;  // then the first read says so too
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
    if (is_late_ && phase != Phase::idle) {  // even if something came: it may come for ever
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

// Of a request that could not be read, the hook sees nothing but where it comes from.
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

// A deadline is for all of a header or body, however many reads it takes.
void Connection::set_read_deadline() {
  const auto phase = reader_.phase();
  if (phase == timed_ || (is_first_ && phase != Phase::body)) return;
  timed_ = phase;
  const auto& options = shared_.options;
  set_deadline(phase == Phase::idle   ? options.idle_timeout
               : phase == Phase::body ? options.body_timeout
                                      : options.header_timeout);
}

// Most answers fit into the socket's buffer: no need to wait for anything then. True where all of
// it has gone.
bool Connection::flush_at_once() {
  if (out_.empty()) return true;
  error_code error;
  written_ = socket_.write_some(asio::buffer(out_), error);
  if (written_ < out_.size()) return false;
  forget(out_);
  return true;
}

// False where the client is gone, or does not read: then the connection is reset, for the system
// would go on to offer it what is written already.
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

// Closing a socket that has unread input resets the connection, and the client could lose the
// answer it has not read yet. So: say that this side is done, and read to the client's end.
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
