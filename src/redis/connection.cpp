#include "redis/connection.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>

#include <array>

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

std::string name_of(const Options& options) {
  if (!options.unix_socket.empty()) return options.unix_socket;
  return options.host + ':' + std::to_string(options.port);
}

/// Whether it makes no sense to wait for another attempt to connect: the name, the certificate or
/// the password is wrong.
bool is_permanent_failure(const error_code& reason) noexcept {
  const auto& category = reason.category();
  return category == asio::error::get_netdb_category() ||
         category == asio::error::get_addrinfo_category() ||
         category == asio::error::get_ssl_category() ||
         (category == redis_category() && reason != Error::timeout && reason != Error::busy &&
          reason != Error::loading);
}

}  // namespace

Connection::Connection(Executor executor, std::shared_ptr<const Options> options,
                       std::shared_ptr<asio::ssl::context> tls, std::shared_ptr<Names> names,
                       std::shared_ptr<Complaints> complaints)
    : options_(std::move(options)),
      tls_(std::move(tls)),
      names_(std::move(names)),
      complaints_(std::move(complaints)),
      commands_(*options_),
      breaker_(options_->breaker_failures, options_->breaker_delay),
      backoff_(options_->reconnect_delay_min, options_->reconnect_delay_max),
      timer_(executor) {}

Connection::~Connection() {
  if (breaker_.open()) tell_breaker(false);
}

std::optional<Error> Connection::refuse(Time time, std::size_t bytes) {
  if (phase_ == Phase::closed) return Error::closed;
  if (!commands_.accepts(bytes)) return Error::queue_full;
  if (!breaker_.allow(time)) return Error::breaker_open;
  return std::nullopt;
}

void Connection::submit(Pending& request) {
  commands_.submit(request);
  if (phase_ == Phase::ready) {
    if (!flush_due_) {
      flush_due_ = true;
      asio::post(executor(), [self = shared_from_this()] { self->flush(); });
    }
  } else if (phase_ == Phase::idle || (phase_ == Phase::waiting && breaker_.open())) {
    begin_connecting(now());
  }
  if (request.deadline < wake_at_) keep_time();
}

void Connection::cancel(Pending& request) {
  commands_.cancel(request);
  resume_done_soon();
}

void Connection::begin_connecting(Time time) {
  // A probe of an open breaker does not wait: it comes seldom enough.
  if (time < retry_at_ && !breaker_.open()) {
    phase_ = Phase::waiting;
  } else {
    phase_ = Phase::connecting;
    connect_deadline_ = time + options_->connect_timeout;
    link_ = std::make_shared<Link>(executor(), tls_.get(), names_);
    asio::co_spawn(executor(), run(shared_from_this(), link_), asio::detached);
  }
  keep_time();
}

awaitable<void> Connection::run(std::shared_ptr<Connection> self, std::shared_ptr<Link> link) {
  error_code reason;
  try {
    // Not within submit(): whatever fails at once would resume a caller that is not waiting yet.
    co_await asio::post(self->executor(), use_awaitable);
    co_await self->establish(link);
    co_await self->read(link);
  } catch (const boost::system::system_error& error) {
    reason = error.code();
  }
  if (self->link_ == link) self->lost(reason);
}

awaitable<void> Connection::establish(std::shared_ptr<Link> link) {
  co_await link->stream.connect(*options_);
  Handshake handshake(*options_);
  // A server that takes no more clients says so and closes: what it said is read, also where it no
  // longer took what we had to say.
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
  phase_ = Phase::ready;
  connected_at_ = last_read_ = now();
  commands_.connected();
  flush();
  keep_time();
}

awaitable<void> Connection::read(std::shared_ptr<Link> link) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(read_size);
  while (link_ == link) {
    const std::size_t size = co_await link->stream.read_some(asio::buffer(buffer.get(), read_size));
    if (link_ == link) received({buffer.get(), size});
  }
}

void Connection::received(std::string_view bytes) {
  last_read_ = now();
  const auto what = commands_.receive(bytes);
  if (const auto complaint = commands_.take_complaint()) complain(*complaint);
  switch (what) {
    case Multiplexer::Received::broken:
      return lost(Error::protocol_error);
    case Multiplexer::Received::read_only:
      // After a failover the name may lead to another server; but look no more often than this.
      if (last_read_ - connected_at_ >= options_->reconnect_delay_max) commands_.retire();
      succeeded();
      break;
    case Multiplexer::Received::replies:
      succeeded();
      break;
    case Multiplexer::Received::incomplete:
      return;
  }
  // What the resumed coroutines ask next leaves in one write.
  flush_due_ = true;
  resume_done();
  flush();
  if (phase_ == Phase::ready && commands_.retired()) {
    drop_link();
    recover(now(), false);
  }
}

void Connection::flush() {
  flush_due_ = false;
  if (phase_ != Phase::ready || link_->write_under_way) return;
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
  const Time time = now();
  const bool was_ready = phase_ == Phase::ready;
  // A server may end a connection that nobody uses.
  if (!was_ready || commands_.size() > 0 || reason == Error::protocol_error) {
    const auto words = complaints_->words_of(reason);
    failed(time, 1,
           (was_ready ? "connection lost: " : "cannot connect: ") +
               (words.empty() ? reason.message() : words));
    back_off(time);
  }
  drop_link();
  recover(time, !was_ready && is_permanent_failure(reason));
}

void Connection::back_off(Time time) {
  retry_at_ = time + backoff_.next(random_chance());
}

void Connection::drop_link() {
  link_->stream.close();
  link_.reset();
  phase_ = Phase::idle;
  commands_.disconnected();
}

void Connection::recover(Time time, bool give_up) {
  if (give_up || breaker_.open()) commands_.fail_held();
  if (commands_.size() > 0) begin_connecting(time);
  resume_done();
}

void Connection::complain(const Complaint& complaint) {
  if (complaints_->note(complaint, now()))
    spdlog::warn("redis {}: {} was refused: {}", name_of(*options_), complaint.command,
                 complaint.words);
}

void Connection::succeeded() {
  backoff_.reset();
  if (breaker_.succeeded()) tell_breaker(false);
  if (!std::exchange(failure_logged_, false)) return;
  complaints_->end_trouble();
  spdlog::info("redis {}: answers again", name_of(*options_));
}

void Connection::failed(Time time, std::size_t times, const std::string& what) {
  complaints_->note_trouble(what);
  bool opened = false;
  for (std::size_t i = 0; i < times && !breaker_.open(); ++i) opened = breaker_.failed(time);
  if (opened) {
    tell_breaker(true);
    spdlog::warn("redis {}: {}; commands fail at once until it answers", name_of(*options_), what);
  } else if (!failure_logged_) {
    spdlog::warn("redis {}: {}", name_of(*options_), what);
  }
  failure_logged_ = true;
}

void Connection::tell_breaker(bool open) {
  if (options_->observer) options_->observer->breaker_changed(open);
}

void Connection::keep_time() {
  Time next = commands_.next_deadline().value_or(Time::max());
  if (phase_ == Phase::connecting) next = std::min(next, connect_deadline_);
  if (phase_ == Phase::waiting) next = std::min(next, retry_at_);
  if (const auto ping = next_ping()) next = std::min(next, *ping);
  if (next >= wake_at_) return;
  wake_at_ = next;
  timer_.expires_at(next);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->on_timer();
  });
}

std::optional<Time> Connection::next_ping() const {
  const bool idle = phase_ == Phase::ready && commands_.size() == 0;
  if (!idle || options_->ping_interval.count() == 0) return std::nullopt;
  return last_read_ + options_->ping_interval;
}

void Connection::on_timer() {
  wake_at_ = Time::max();
  const Time time = now();
  const Multiplexer::Expired expired = commands_.expire(time);
  if (expired.count > 0) failed(time, expired.count, "no reply in time");
  if (phase_ == Phase::ready && expired.written) {
    drop_link();
    back_off(time);
    recover(time, false);
  } else if (phase_ == Phase::connecting && time >= connect_deadline_) {
    lost(Error::timeout);
  } else if (phase_ == Phase::waiting && time >= retry_at_) {
    begin_connecting(time);
  } else if (const auto ping = next_ping(); ping && time >= *ping) {
    commands_.submit_ping(time + options_->command_timeout);
    flush();
  }
  keep_time();
  resume_done();
}

void Connection::resume_done() {
  while (Request* request = commands_.next_done()) {
    try {
      static_cast<Pending*>(request)->resume();
    } catch (...) {
      // Nothing of ours: it goes where exceptions of handlers go, out of io_context::run.
      asio::post(executor(), [error = std::current_exception()] { std::rethrow_exception(error); });
    }
  }
}

void Connection::resume_done_soon() {
  if (!commands_.has_done()) return;
  asio::post(executor(), [self = shared_from_this()] { self->resume_done(); });
}

void Connection::close() {
  phase_ = Phase::closed;
  if (link_) link_->stream.close();
  link_.reset();
  timer_.cancel();
  commands_.fail_all(Error::closed);
  resume_done_soon();
}

void Connection::abandon() {
  phase_ = Phase::closed;
  link_.reset();
  commands_.fail_all(Error::closed);
  while (Request* request = commands_.next_done()) static_cast<Pending*>(request)->discard();
}

}  // namespace webtool::redis
