// Looks names up on a detached thread. The system's resolver cannot be stopped, and a resolver that
// never answers must not keep an event loop from ending. A client has at most one such thread for
// each name.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <webtool/core/awaitable.hpp>

#include "core/timer.hpp"

namespace webtool::redis {

/// The addresses of one name. May be used from any thread.
class Names : public std::enable_shared_from_this<Names> {
 public:
  using Addresses = std::vector<boost::asio::ip::address>;

  explicit Names(std::string host) : host_(std::move(host)) {}

  /// Returns the addresses in the order in which to try them. Cancelling `timer` ends the lookup
  /// with operation_aborted. Throws system_error.
  [[nodiscard]] awaitable<Addresses> look_up(SteadyTimer& timer);

 private:
  struct Waiter;
  class Waiting;

  void ask();
  static void answer(const std::shared_ptr<Names>& names);

  const std::string host_;
  std::mutex mutex_;
  bool is_asking_ = false;
  std::vector<std::shared_ptr<Waiter>> waiters_;
};

}  // namespace webtool::redis
