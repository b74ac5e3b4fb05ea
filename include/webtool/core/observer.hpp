// The interface through which webtool reports events for metrics. By default there is no observer,
// which costs one branch per event. webtool::metrics is an observer for Prometheus.
//
// The events name no user, no address and no token, so an observer may store everything it
// receives.
#pragma once

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace webtool {

/// The result of one rule for a request that the rule counts.
enum class RuleOutcome {
  allowed,        ///< the request passed
  denied,         ///< this rule refused the request; the results of other rules are not reported
  shadow_denied,  ///< the request passed; without `shadow` this rule would have refused it
  store_failed,   ///< the store failed, so the rule's failure policy decided
};

/// Receives the events of one route's limits. Any thread may call the functions at any time.
class LimitObserver {
 public:
  virtual ~LimitObserver() = default;
  /// A rule counted a request. `rule` is the index of the rule in the `rules` of Observer::limits.
  virtual void counted([[maybe_unused]] std::size_t rule,
                       [[maybe_unused]] RuleOutcome outcome) noexcept {}
  /// The limits allowed or refused a request. `took` includes authentication.
  virtual void decided([[maybe_unused]] std::chrono::nanoseconds took) noexcept {}
};

/// Override the functions you need. Any thread may call the functions at any time.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Called once, when a route is declared. Returns the observer of its limits, or null for none.
  [[nodiscard]] virtual std::shared_ptr<LimitObserver> limits(
      [[maybe_unused]] std::string_view route,
      [[maybe_unused]] const std::vector<std::string>& rules) {
    return nullptr;
  }
  /// A token was validated or rotated. `outcome` is no error, or the reason to refuse the token.
  virtual void token_checked([[maybe_unused]] boost::system::error_code outcome) noexcept {}
  /// The store had lost the last rotation of a session, for example in a failover. The session goes
  /// on. Without a failure of the store this does not happen.
  virtual void session_healed() noexcept {}
  /// A command to the store ended. `outcome` is no error if the store answered. `took` is 0 if no
  /// command was sent.
  virtual void store_asked([[maybe_unused]] boost::system::error_code outcome,
                           [[maybe_unused]] std::chrono::nanoseconds took) noexcept {}
  /// The circuit breaker of one connection opened, or closed again.
  virtual void breaker_changed([[maybe_unused]] bool open) noexcept {}
};

}  // namespace webtool
