#include "redis/connection.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <utility>

#include "core/random.hpp"
#include "redis/handshake.hpp"

namespace webtool::redis {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t read_size = 64 * 1024;

Time now() noexcept {
  return std::chrono::steady_clock::now();
}

}  // namespace

Connection::Connection(Executor executor, std::shared_ptr<const Options> options, Endpoint endpoint,
                       std::shared_ptr<asio::ssl::context> tls, std::shared_ptr<Names> names,
                       std::shared_ptr<Complaints> complaints)
    : options_(std::move(options)),
      endpoint_(std::move(endpoint)),
      tls_(std::move(tls)),
      names_(std::move(names)),
      complaints_(std::move(complaints)),
      lifecycle_(*options_),
      timer_(executor) {}

Connection::~Connection() {
  if (lifecycle_.breaker_is_open()) tell_breaker(false);
}

std::optional<Error> Connection::refuse(Time time, std::size_t bytes) {
  return lifecycle_.refuse(time, bytes);
}

void Connection::submit(Pending& request, Time time) {
  const auto steps = lifecycle_.submit(request, time);
  // Not immediately, so that all commands of this turn of the event loop leave in one write.
  if (steps.flush) flush_soon();
  if (steps.connect)
    take(steps);
  else if (request.deadline < wake_at_ || lifecycle_.phase() == Lifecycle::Phase::waiting)
    keep_time();
}

void Connection::cancel(Pending& request) {
  commands_.cancel(request);
  resume_done_soon();
}

void Connection::take(const Lifecycle::Steps& steps) {
  report(steps);
  if (steps.drop_link && link_) std::exchange(link_, nullptr)->stream.close();
  if (steps.connect) {
    link_ = std::make_shared<Link>(executor(), tls_.get(), names_);
    asio::co_spawn(executor(), run(shared_from_this(), link_), asio::detached);
  }
  if (steps.flush) flush();
  keep_time();
}

awaitable<void> Connection::run(std::shared_ptr<Connection> self, std::shared_ptr<Link> link) {
  error_code reason;
  try {
    // Not inside submit(): an immediate failure would resume a caller that does not wait yet.
    co_await asio::post(self->executor(), use_awaitable);
    co_await self->establish(link);
    co_await self->read(link);
  } catch (const boost::system::system_error& error) {
    reason = error.code();
  }
  if (self->link_ == link) self->lost(reason);
}

awaitable<void> Connection::establish(std::shared_ptr<Link> link) {
  co_await link->stream.connect(endpoint_, *options_);
  Handshake handshake(*options_);
  // A server that accepts no more clients sends an error and closes the connection. So read its
  // reply even if the write has failed.
  std::exception_ptr not_written;
  try {
    if (!handshake.done()) co_await link->stream.write(asio::buffer(handshake.request().expose()));
  } catch (const boost::system::system_error&) {
    not_written = std::current_exception();
  }
  std::array<char, 1024> buffer;
  while (!handshake.done()) {
    std::size_t size = 0;
    try {
      size = co_await link->stream.read_some(asio::buffer(buffer));
    } catch (const boost::system::system_error&) {
      if (not_written) std::rethrow_exception(not_written);
      throw;
    }
    const result<bool> agreed = handshake.receive({buffer.data(), size});
    if (const auto& complaint = handshake.complaint()) complain(*complaint);
    if (agreed.has_error()) throw boost::system::system_error(agreed.error());
  }
  if (not_written) std::rethrow_exception(not_written);
  if (link_ != link) co_return;
  take(lifecycle_.connected(now()));
}

awaitable<void> Connection::read(std::shared_ptr<Link> link) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(read_size);
  while (link_ == link) {
    const std::size_t size = co_await link->stream.read_some(asio::buffer(buffer.get(), read_size));
    if (link_ == link) received({buffer.get(), size});
  }
}

void Connection::received(std::string_view bytes) {
  const auto steps = lifecycle_.received(bytes, now(), random_chance());
  if (const auto complaint = commands_.take_complaint()) complain(*complaint);
  if (!steps.flush) {
    take(steps);
    return resume_done();
  }
  report(steps);
  // Commands that the resumed coroutines submit leave in one write.
  flush_due_ = true;
  resume_done();
  flush();
  if (const auto after = lifecycle_.settle(now()); after.drop_link) {
    take(after);
    resume_done();
  }
}

void Connection::flush_soon() {
  if (std::exchange(flush_due_, true)) return;
  asio::post(executor(), [self = shared_from_this()] { self->flush(); });
}

void Connection::flush() {
  flush_due_ = false;
  if (lifecycle_.phase() != Lifecycle::Phase::ready || link_->write_under_way) return;
  if (!commands_.take_output(link_->writing)) return;
  const asio::const_buffer output = asio::buffer(link_->writing);
  const std::size_t written = link_->stream.write_now(output);
  commands_.flushed(written);
  if (written == output.size()) return;
  link_->write_under_way = true;
  link_->stream.async_write(output + written, [self = shared_from_this(), link = link_](
                                                  error_code error, std::size_t size) {
    if (self->link_ != link) return;
    link->write_under_way = false;
    if (error) return self->lost(error);
    self->commands_.flushed(size);
    self->flush();
  });
}

void Connection::lost(error_code reason) {
  take(lifecycle_.lost(reason, now(), random_chance()));
  resume_done();
}

void Connection::complain(const Complaint& complaint) {
  if (complaints_->note(complaint, now()))
    spdlog::warn("redis {}: {} was refused: {}", to_string(endpoint_), complaint.command,
                 complaint.words);
}

void Connection::report(const Lifecycle::Steps& steps) {
  using Trouble = Lifecycle::Trouble;
  if (steps.closed_breaker) tell_breaker(false);
  if (steps.recovered) {
    complaints_->end_trouble();
    if (std::exchange(failure_logged_, false))
      spdlog::info("redis {}: answers again", to_string(endpoint_));
  }
  if (steps.trouble == Trouble::none) return;
  std::string what = "no reply in time";
  if (steps.trouble != Trouble::no_reply) {
    const auto words = complaints_->words_of(steps.reason);
    what = (steps.trouble == Trouble::link_lost ? "connection lost: " : "cannot connect: ") +
           (words.empty() ? steps.reason.message() : words);
  }
  complaints_->note_trouble(what);
  if (steps.opened_breaker) {
    tell_breaker(true);
    spdlog::warn("redis {}: {}; commands fail at once until it answers", to_string(endpoint_),
                 what);
  } else if (!failure_logged_) {
    spdlog::warn("redis {}: {}", to_string(endpoint_), what);
  }
  failure_logged_ = true;
}

void Connection::tell_breaker(bool open) {
  if (options_->observer) options_->observer->breaker_changed(open);
}

void Connection::keep_time() {
  const Time next = lifecycle_.wake_at();
  if (next >= wake_at_) return;
  wake_at_ = next;
  timer_.expires_at(next);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->on_timer();
  });
}

void Connection::on_timer() {
  wake_at_ = Time::max();
  take(lifecycle_.wake(now(), random_chance()));
  resume_done();
}

void Connection::resume_done() {
  while (Request* request = commands_.next_done()) {
    try {
      static_cast<Pending*>(request)->resume();
    } catch (...) {
      // An exception of the caller's handler. It leaves io_context::run, as exceptions of handlers
      // do.
      asio::post(executor(), [error = std::current_exception()] { std::rethrow_exception(error); });
    }
  }
}

void Connection::resume_done_soon() {
  if (!commands_.has_done()) return;
  asio::post(executor(), [self = shared_from_this()] { self->resume_done(); });
}

void Connection::close() {
  lifecycle_.close();
  if (link_) link_->stream.close();
  link_.reset();
  timer_.cancel();
  resume_done_soon();
}

void Connection::abandon() {
  lifecycle_.close();
  link_.reset();
  while (Request* request = commands_.next_done()) static_cast<Pending*>(request)->discard();
}

}  // namespace webtool::redis
