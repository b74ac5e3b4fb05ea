// The one connection a client has on one io_context: it connects when there is something to say,
// writes once per turn of the loop, reads, keeps the deadlines, and comes back after a failure.
// Lifecycle decides all that; here is the I/O.
//
// Everything happens on the io_context's thread.
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

  /// The reason not to take a command of that many bytes now, if there is one.
  [[nodiscard]] std::optional<Error> refuse(Time now, std::size_t bytes);

  /// Submits `request` and waits until its outcome is known. To be awaited.
  [[nodiscard]] auto async_perform(Pending& request) {
    auto initiate = [this, &request](auto handler) {
      auto slot = boost::asio::get_associated_cancellation_slot(handler);
      if (slot.is_connected()) {
        slot.assign([this, &request](boost::asio::cancellation_type type) {
          if (type != boost::asio::cancellation_type::none) cancel(request);
        });
      }
      request.wait(std::move(handler));
      submit(request);
    };
    return boost::asio::async_initiate<const boost::asio::deferred_t&, void()>(
        std::move(initiate), boost::asio::deferred);
  }

  /// Fails everything with Error::closed, for good.
  void close();
  /// Drops everything without resuming anybody: the io_context is being destroyed.
  void abandon();

  [[nodiscard]] Executor executor() { return timer_.get_executor(); }

 private:
  /// One attempt to connect and, if it succeeds, the life of that connection.
  struct Link {
    Link(Executor executor, boost::asio::ssl::context* tls, std::shared_ptr<Names> names)
        : stream(executor, tls, std::move(names)) {}
    Stream stream;
    std::string writing;  ///< on its way to the socket
    bool write_under_way = false;
  };
  void submit(Pending& request);
  void cancel(Pending& request);

  static awaitable<void> run(std::shared_ptr<Connection> self, std::shared_ptr<Link> link);
  awaitable<void> establish(std::shared_ptr<Link> link);
  awaitable<void> read(std::shared_ptr<Link> link);
  void received(std::string_view bytes);
  void flush();
  void flush_soon();
  void lost(boost::system::error_code reason);

  /// Does what was decided.
  void take(const Lifecycle::Steps& steps);
  /// Logs it, and tells the observer of commands.
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
  bool flush_due_ = false;       ///< somebody is going to call flush()
  bool failure_logged_ = false;  ///< log once when it recovers
  Time wake_at_ = Time::max();
  SteadyTimer timer_;
};

}  // namespace webtool::redis
