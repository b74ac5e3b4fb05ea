// What webtool does, as counters and histograms for Prometheus:
//
//   webtool_limit_decisions_total{route,rule,verdict}   see RuleOutcome
//   webtool_limit_decision_seconds{route}               a request's way through all its limits
//   webtool_tokens_total{outcome}                       ok, or the TokenError
//   webtool_store_round_trips_total{outcome}            ok, or the redis::Error
//   webtool_store_round_trip_seconds                    of those that were asked
//   webtool_store_breaker_open                          connections whose circuit breaker is open
//
// A label's values are those the program knows: routes, rules and error names.
#pragma once

#include <memory>
#include <string>

#include <webtool/core/observer.hpp>

namespace prometheus {
class Registry;
}

namespace webtool::metrics {

/// Give it to the options of whatever is to be counted: redis::Options, auth::JWTServiceOptions,
/// throttle::LimitMiddlewareOptions.
class Prometheus final : public Observer {
 public:
  /// Keeps its series in a registry of its own, or in the application's.
  explicit Prometheus(std::shared_ptr<prometheus::Registry> registry = nullptr);
  ~Prometheus() override;

  /// Everything in the registry in Prometheus's text format, version 0.0.4; `content_type` says so.
  [[nodiscard]] std::string render() const;
  static constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";

  std::shared_ptr<LimitObserver> limits(std::string_view route,
                                        const std::vector<std::string>& rules) override;
  void token_checked(boost::system::error_code outcome) noexcept override;
  void store_asked(boost::system::error_code outcome,
                   std::chrono::nanoseconds took) noexcept override;
  void breaker_changed(bool open) noexcept override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace webtool::metrics
