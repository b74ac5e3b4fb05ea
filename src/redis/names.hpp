// Names are looked up on a thread that nobody waits for: the system's resolver cannot be stopped,
// and one that never answers must keep no event loop from ending. A client has one such thread at
// most.
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

/// The addresses of one name. To be used from any thread.
class Names : public std::enable_shared_from_this<Names> {
 public:
  using Addresses = std::vector<boost::asio::ip::address>;

  explicit Names(std::string host) : host_(std::move(host)) {}

  /// In the order in which the system wants them to be tried. Who cancels `timer` ends it with
  /// operation_aborted. Throws system_error.
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
