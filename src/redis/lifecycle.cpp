#include "redis/lifecycle.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include <algorithm>
#include <utility>

namespace webtool::redis {
namespace asio = boost::asio;
using boost::system::error_code;

bool is_permanent_failure(const error_code& reason) noexcept {
  const auto& category = reason.category();
  return category == asio::error::get_netdb_category() ||
         category == asio::error::get_addrinfo_category() ||
         category == asio::error::get_ssl_category() ||
         (category == redis_category() && reason != Error::timeout && reason != Error::busy &&
          reason != Error::loading);
}

Lifecycle::Lifecycle(const Options& options, LinkObserver* observer)
    : options_(options),
      observer_(observer),
      commands_(options, observer),
      breaker_(options.breaker_failures, options.breaker_delay),
      backoff_(options.reconnect_delay_min, options.reconnect_delay_max) {}

std::optional<Error> Lifecycle::refuse(Time now, std::size_t bytes) {
  if (phase_ == Phase::closed) return Error::closed;
  if (!commands_.accepts(bytes)) return Error::queue_full;
  if (!breaker_.allow(now)) return Error::breaker_open;
  return std::nullopt;
}

Lifecycle::Steps Lifecycle::submit(Request& request, Time now) {
  Steps steps;
  commands_.submit(request);
  if (phase_ == Phase::ready)
    steps.flush = true;
  else if (phase_ == Phase::idle || (phase_ == Phase::waiting && breaker_.open()))
    begin_connecting(now, steps);
  return steps;
}

void Lifecycle::begin_connecting(Time now, Steps& steps) {
  // A probe of an open breaker does not wait, because probes are rare.
  if (now < retry_at_ && !breaker_.open()) {
    phase_ = Phase::waiting;
    return;
  }
  phase_ = Phase::connecting;
  connect_deadline_ = now + options_.connect_timeout;
  steps.connect = true;
}

Lifecycle::Steps Lifecycle::connected(Time now) {
  Steps steps;
  phase_ = Phase::ready;
  connected_at_ = last_read_ = now;
  commands_.connected();
  steps.flush = true;
  if (observer_ != nullptr) observer_->made();
  return steps;
}

Lifecycle::Steps Lifecycle::received(std::string_view bytes, Time now, double chance) {
  Steps steps;
  last_read_ = now;
  switch (commands_.receive(bytes)) {
    case Multiplexer::Received::broken:
      return lost(Error::protocol_error, now, chance);
    case Multiplexer::Received::incomplete:
      return steps;
    case Multiplexer::Received::read_only:
      // After a failover the name may lead to another server. Reconnect no more often than this.
      if (now - connected_at_ >= options_.reconnect_delay_max) commands_.retire();
      break;
    case Multiplexer::Received::replies:
      break;
  }
  succeed(steps);
  steps.flush = true;
  return steps;
}

Lifecycle::Steps Lifecycle::settle(Time now) {
  Steps steps;
  if (phase_ != Phase::ready || !commands_.retired()) return steps;
  drop_link({}, steps);
  recover(now, false, steps);
  return steps;
}

Lifecycle::Steps Lifecycle::lost(error_code reason, Time now, double chance) {
  Steps steps;
  const bool was_ready = phase_ == Phase::ready;
  // A server may close an idle connection. That is not a failure.
  if (!was_ready || commands_.size() > 0 || reason == Error::protocol_error) {
    fail(was_ready ? Trouble::link_lost : Trouble::no_connection, reason, 1, now, steps);
    back_off(now, chance);
  }
  drop_link(reason, steps);
  recover(now, !was_ready && is_permanent_failure(reason), steps);
  return steps;
}

void Lifecycle::drop_link(error_code reason, Steps& steps) {
  steps.drop_link = true;
  phase_ = Phase::idle;
  commands_.disconnected();
  if (observer_ != nullptr) observer_->lost(reason);
}

void Lifecycle::recover(Time now, bool give_up, Steps& steps) {
  if (give_up || breaker_.open()) commands_.fail_held();
  if (commands_.size() > 0) begin_connecting(now, steps);
}

void Lifecycle::fail(Trouble trouble, error_code reason, std::size_t times, Time now,
                     Steps& steps) {
  steps.trouble = trouble;
  steps.reason = reason;
  for (std::size_t i = 0; i < times && !breaker_.open(); ++i)
    steps.opened_breaker = breaker_.failed(now);
  is_failing_ = true;
}

void Lifecycle::succeed(Steps& steps) {
  backoff_.reset();
  steps.closed_breaker = breaker_.succeeded();
  steps.recovered = std::exchange(is_failing_, false);
}

std::optional<Time> Lifecycle::next_ping() const {
  const bool is_idle = phase_ == Phase::ready && commands_.size() == 0;
  if (!is_idle || options_.ping_interval.count() == 0) return std::nullopt;
  return last_read_ + options_.ping_interval;
}

Time Lifecycle::wake_at() const {
  Time next = commands_.next_deadline().value_or(Time::max());
  if (phase_ == Phase::connecting) next = std::min(next, connect_deadline_);
  if (phase_ == Phase::waiting) next = std::min(next, retry_at_);
  if (const auto ping = next_ping()) next = std::min(next, *ping);
  return next;
}

Lifecycle::Steps Lifecycle::wake(Time now, double chance) {
  Steps steps;
  const auto expired = commands_.expire(now);
  if (expired.count > 0) fail(Trouble::no_reply, Error::timeout, expired.count, now, steps);
  if (phase_ == Phase::ready && expired.written) {
    drop_link(Error::timeout, steps);
    back_off(now, chance);
    recover(now, false, steps);
  } else if (phase_ == Phase::connecting && now >= connect_deadline_) {
    const bool opened = steps.opened_breaker;
    steps = lost(Error::timeout, now, chance);
    steps.opened_breaker = steps.opened_breaker || opened;
  } else if (phase_ == Phase::waiting && now >= retry_at_) {
    begin_connecting(now, steps);
  } else if (const auto ping = next_ping(); ping && now >= *ping) {
    commands_.submit_ping(now + options_.command_timeout);
    steps.flush = true;
  }
  return steps;
}

void Lifecycle::close() {
  phase_ = Phase::closed;
  commands_.fail_all(Error::closed);
}

}  // namespace webtool::redis
