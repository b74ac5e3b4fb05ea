// Counters and histograms of webtool for Prometheus:
//
//   webtool_limit_decisions_total{route,rule,verdict}   see RuleOutcome
//   webtool_limit_decision_seconds{route}               time to decide about a request
//   webtool_tokens_total{outcome}                       ok, or the TokenError
//   webtool_store_round_trips_total{outcome}            ok, or the redis::Error
//   webtool_store_round_trip_seconds                    only commands that were sent
//   webtool_store_breaker_open                          connections with an open circuit breaker
//
// Label values come only from the program: routes, rules and error names.
#pragma once

#include <memory>
#include <string>

#include <webtool/core/observer.hpp>

namespace prometheus {
class Registry;
}

namespace webtool::metrics {

/// Pass this observer in the options of each object to count: redis::Options,
/// auth::JWTServiceOptions, throttle::LimitMiddlewareOptions.
class Prometheus final : public Observer {
 public:
  /// Adds the series to `registry`, or to a new registry if it is null.
  explicit Prometheus(std::shared_ptr<prometheus::Registry> registry = nullptr);
  ~Prometheus() override;

  /// All series of the registry in the text format of Prometheus, version 0.0.4. `content_type` is
  /// the matching Content-Type.
  [[nodiscard]] std::string render() const;
  static constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";

  std::shared_ptr<LimitObserver> limits(std::string_view route,
                                        const std::vector<std::string>& rules) override;
  void token_checked(boost::system::error_code outcome) noexcept override;
  void session_healed() noexcept override;
  void store_asked(boost::system::error_code outcome,
                   std::chrono::nanoseconds took) noexcept override;
  void breaker_changed(bool open) noexcept override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace webtool::metrics
