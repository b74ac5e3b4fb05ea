// The connection of a client to one endpoint on one io_context. This class does the I/O: connect,
// read, one write per turn of the event loop, and timers. Lifecycle makes the decisions.
//
// All functions run on the io_context's thread.
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/deferred.hpp>

#include <memory>
#include <optional>
#include <string>

#include "core/timer.hpp"
#include "redis/endpoint.hpp"
#include "redis/lifecycle.hpp"
#include "redis/pending.hpp"
#include "redis/stream.hpp"

namespace webtool::redis {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Executor executor, std::shared_ptr<const Options> options, Endpoint endpoint,
             std::shared_ptr<boost::asio::ssl::context> tls, std::shared_ptr<Names> names,
             std::shared_ptr<Complaints> complaints);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Returns the reason to refuse a command of that many bytes now, if there is one.
  [[nodiscard]] std::optional<Error> refuse(Time now, std::size_t bytes);

  /// Submits `request` and waits until its outcome is known. Must be awaited.
  [[nodiscard]] auto async_perform(Pending& request, Time now) {
    auto initiate = [this, &request, now](auto handler) {
      auto slot = boost::asio::get_associated_cancellation_slot(handler);
      if (slot.is_connected()) {
        slot.assign([this, &request](boost::asio::cancellation_type type) {
          if (type != boost::asio::cancellation_type::none) cancel(request);
        });
      }
      request.wait(std::move(handler));
      submit(request, now);
    };
    return boost::asio::async_initiate<const boost::asio::deferred_t&, void()>(
        std::move(initiate), boost::asio::deferred);
  }

  /// Fails all commands with Error::closed and refuses new ones.
  void close();
  /// Drops all commands without resuming a coroutine, because the io_context is being destroyed.
  void abandon();

  [[nodiscard]] Executor executor() { return timer_.get_executor(); }

 private:
  /// One attempt to connect, and the connection if the attempt succeeds.
  struct Link {
    Link(Executor executor, boost::asio::ssl::context* tls, std::shared_ptr<Names> names)
        : stream(executor, tls, std::move(names)) {}
    Stream stream;
    std::string writing;  ///< being written to the socket
    bool write_under_way = false;
  };
  void submit(Pending& request, Time now);
  void cancel(Pending& request);

  static awaitable<void> run(std::shared_ptr<Connection> self, std::shared_ptr<Link> link);
  awaitable<void> establish(std::shared_ptr<Link> link);
  awaitable<void> read(std::shared_ptr<Link> link);
  void received(std::string_view bytes);
  void flush();
  void flush_soon();
  void lost(boost::system::error_code reason);

  /// Executes the steps.
  void take(const Lifecycle::Steps& steps);
  /// Logs the steps and reports them to the observer of commands.
  void report(const Lifecycle::Steps& steps);
  void complain(const Complaint& complaint);
  void tell_breaker(bool open);

  void keep_time();
  void on_timer();
  void resume_done();
  void resume_done_soon();

  std::shared_ptr<const Options> options_;
  const Endpoint endpoint_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  std::shared_ptr<Names> names_;
  std::shared_ptr<Complaints> complaints_;
  Lifecycle lifecycle_;
  Multiplexer& commands_ = lifecycle_.commands();
  std::shared_ptr<Link> link_;
  bool flush_due_ = false;       ///< a call of flush() is already scheduled
  bool failure_logged_ = false;  ///< the failure has been logged; log once when the server recovers
  Time wake_at_ = Time::max();
  SteadyTimer timer_;
};

}  // namespace webtool::redis
