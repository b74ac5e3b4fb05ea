// The decisions of a connection: when to connect, reconnect, give up, test an idle link, and fail
// fast. No I/O, no clock and no random source, so that tests can simulate every failure. Connection
// executes the decisions.
#pragma once

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

#include <webtool/redis/options.hpp>

#include "core/backoff.hpp"
#include "redis/breaker.hpp"
#include "redis/link_observer.hpp"
#include "redis/multiplexer.hpp"

namespace webtool::redis {

class Lifecycle {
 public:
  enum class Phase { idle, waiting, connecting, ready, closed };
  enum class Trouble { none, no_reply, link_lost, no_connection };

  /// The steps to execute now, in this order. Requests that are done may be resumed after each
  /// call.
  struct Steps {
    bool drop_link = false;  ///< close the link, or stop the attempt to connect
    bool connect = false;    ///< start an attempt to connect
    bool flush = false;      ///< write the output
    // For the log and the observer of commands.
    Trouble trouble = Trouble::none;
    boost::system::error_code reason{};  ///< reason of the trouble
    bool opened_breaker = false;
    bool closed_breaker = false;
    bool recovered = false;  ///< the server works again after trouble
  };

  /// `observer` may be null; otherwise it must outlive this.
  explicit Lifecycle(const Options& options, LinkObserver* observer = nullptr);

  [[nodiscard]] Phase phase() const noexcept { return phase_; }
  [[nodiscard]] bool breaker_is_open() const noexcept { return breaker_.open(); }
  [[nodiscard]] Multiplexer& commands() noexcept { return commands_; }

  /// Returns the reason to refuse a command of that many bytes now, if there is one.
  [[nodiscard]] std::optional<Error> refuse(Time now, std::size_t bytes);
  [[nodiscard]] Steps submit(Request& request, Time now);
  /// The handshake has succeeded.
  [[nodiscard]] Steps connected(Time now);
  [[nodiscard]] Steps received(std::string_view bytes, Time now, double chance);
  /// Call this after the steps of `received`, and after requests were resumed. Drops a retired
  /// link.
  [[nodiscard]] Steps settle(Time now);
  /// The link failed, or the attempt to connect did. `chance` is in [0, 1).
  [[nodiscard]] Steps lost(boost::system::error_code reason, Time now, double chance);
  /// Call this at `wake_at`.
  [[nodiscard]] Steps wake(Time now, double chance);
  /// Fails all commands with Error::closed and refuses new ones.
  void close();

  /// Returns when to call `wake` next. Time::max(): never.
  [[nodiscard]] Time wake_at() const;

 private:
  void begin_connecting(Time now, Steps& steps);
  void drop_link(boost::system::error_code reason, Steps& steps);
  void fail(Trouble trouble, boost::system::error_code reason, std::size_t times, Time now,
            Steps& steps);
  void back_off(Time now, double chance) { retry_at_ = now + backoff_.next(chance); }
  void succeed(Steps& steps);
  /// After losing the connection: fails the waiting commands, or reconnects if any remain.
  void recover(Time now, bool give_up, Steps& steps);
  /// Returns when to test the link. Returns nothing if the link is not idle.
  [[nodiscard]] std::optional<Time> next_ping() const;

  const Options& options_;
  LinkObserver* const observer_;
  Multiplexer commands_;
  Breaker breaker_;
  Backoff backoff_;
  Phase phase_ = Phase::idle;
  bool is_failing_ = false;
  Time connect_deadline_{};
  Time connected_at_{};
  Time retry_at_{};
  Time last_read_{};
};

/// Returns true if another attempt to connect cannot succeed: the name, the certificate or the
/// password is wrong.
[[nodiscard]] bool is_permanent_failure(const boost::system::error_code& reason) noexcept;

}  // namespace webtool::redis
