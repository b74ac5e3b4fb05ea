// The port through which webtool says what it does, so that somebody can count it. Nobody listens
// by default, which costs one branch; webtool::metrics is a listener for Prometheus.
//
// Nothing here names a user, an address or a token: a listener may keep whatever it is told.
#pragma once

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace webtool {

/// What a rule made of a request that it counts.
enum class RuleOutcome {
  allowed,        ///< the request passed
  denied,         ///< this rule refused it; what the others think of it is not told
  shadow_denied,  ///< the request passed, and this rule would have refused it but for `shadow`
  store_failed,   ///< the store could not be asked, and the rule did what it is set to do then
};

/// Told of one route's limits. Any thread may call, at any time.
class LimitObserver {
 public:
  virtual ~LimitObserver() = default;
  /// `rule` is its place among those that Observer::limits was told of.
  virtual void counted([[maybe_unused]] std::size_t rule,
                       [[maybe_unused]] RuleOutcome outcome) noexcept {}
  /// A request was decided about, authentication included.
  virtual void decided([[maybe_unused]] std::chrono::nanoseconds took) noexcept {}
};

/// Override what is of interest. Any thread may call, at any time.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Asked once, when a route is declared: who is to be told of its limits; null for nobody.
  [[nodiscard]] virtual std::shared_ptr<LimitObserver> limits(
      [[maybe_unused]] std::string_view route,
      [[maybe_unused]] const std::vector<std::string>& rules) {
    return nullptr;
  }
  /// A token was validated or rotated: no error, or the reason not to trust it.
  virtual void token_checked([[maybe_unused]] boost::system::error_code outcome) noexcept {}
  /// The store answered, or an error says why not. `took` is 0 where it was not even asked.
  virtual void store_asked([[maybe_unused]] boost::system::error_code outcome,
                           [[maybe_unused]] std::chrono::nanoseconds took) noexcept {}
  /// The circuit breaker of one connection has opened, or closed again.
  virtual void breaker_changed([[maybe_unused]] bool open) noexcept {}
};

}  // namespace webtool
