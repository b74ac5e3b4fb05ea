#include <webtool/metrics/prometheus.hpp>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <utility>

#include "metrics/names.hpp"

namespace webtool::metrics {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;
using prometheus::Registry;

// From the time of an answer from memory to the time after which clients give up.
const Histogram::BucketBoundaries seconds_buckets{
    0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025,
    0.005,   0.01,     0.025,   0.05,   0.1,     0.25,   0.5,   1};

constexpr std::array verdicts{"allowed", "denied", "shadow_denied", "store_failed"};

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

// One counter for each outcome. All exist from the start, because a series that appears with its
// first error has no rate at that time.
class OutcomeCounters {
 public:
  OutcomeCounters(Family<Counter>& family, Names names) : names_(names) {
    for (std::size_t place = 0; place <= names.size; ++place)
      counters_.push_back(&family.Add({{"outcome", std::string(names.at(place))}}));
  }
  void count(boost::system::error_code outcome) {
    counters_[names_.place_of(outcome)]->Increment();
  }

 private:
  Names names_;
  std::vector<Counter*> counters_;
};

class RouteLimits final : public LimitObserver {
 public:
  RouteLimits(std::shared_ptr<Registry> registry, Family<Counter>& decisions,
              Histogram& decision_seconds, std::string_view route,
              const std::vector<std::string>& rules)
      : registry_(std::move(registry)), seconds_(decision_seconds) {
    for (const auto& rule : rules) {
      auto& of_rule = counters_.emplace_back();
      for (std::size_t i = 0; i < verdicts.size(); ++i)
        of_rule[i] = &decisions.Add(
            {{"route", std::string(route)}, {"rule", rule}, {"verdict", verdicts[i]}});
    }
  }
  void counted(std::size_t rule, RuleOutcome outcome) noexcept override {
    counters_[rule][static_cast<std::size_t>(outcome)]->Increment();
  }
  void decided(std::chrono::nanoseconds took) noexcept override { seconds_.Observe(seconds(took)); }

 private:
  std::shared_ptr<Registry> registry_;  // owns the objects that the other members refer to
  std::vector<std::array<Counter*, verdicts.size()>> counters_;
  Histogram& seconds_;
};

}  // namespace

struct Prometheus::State {
  explicit State(std::shared_ptr<Registry> given)
      : registry(given ? std::move(given) : std::make_shared<Registry>()) {}

  std::shared_ptr<Registry> registry;
  Family<Counter>& decisions = prometheus::BuildCounter()
                                   .Name("webtool_limit_decisions_total")
                                   .Help("Requests counted by a rule, by verdict.")
                                   .Register(*registry);
  Family<Histogram>& decision_seconds =
      prometheus::BuildHistogram()
          .Name("webtool_limit_decision_seconds")
          .Help("Time to decide about a request, including authentication.")
          .Register(*registry);
  OutcomeCounters tokens{prometheus::BuildCounter()
                             .Name("webtool_tokens_total")
                             .Help("Validated or rotated tokens, by outcome.")
                             .Register(*registry),
                         token_outcomes()};
  Counter& sessions_healed = prometheus::BuildCounter()
                                 .Name("webtool_sessions_healed_total")
                                 .Help("Sessions whose last rotation the store had lost.")
                                 .Register(*registry)
                                 .Add({});
  OutcomeCounters round_trips{prometheus::BuildCounter()
                                  .Name("webtool_store_round_trips_total")
                                  .Help("Commands to the store, by outcome.")
                                  .Register(*registry),
                              store_outcomes()};
  Histogram& round_trip_seconds =
      prometheus::BuildHistogram()
          .Name("webtool_store_round_trip_seconds")
          .Help("Time from a command to the store until its reply or failure.")
          .Register(*registry)
          .Add({}, seconds_buckets);
  prometheus::Gauge& breaker_open =
      prometheus::BuildGauge()
          .Name("webtool_store_breaker_open")
          .Help("Connections to the store with an open circuit breaker.")
          .Register(*registry)
          .Add({});
};

Prometheus::Prometheus(std::shared_ptr<Registry> registry)
    : state_(std::make_unique<State>(std::move(registry))) {}

Prometheus::~Prometheus() = default;

std::string Prometheus::render() const {
  return prometheus::TextSerializer().Serialize(state_->registry->Collect());
}

std::shared_ptr<LimitObserver> Prometheus::limits(std::string_view route,
                                                  const std::vector<std::string>& rules) {
  auto& histogram = state_->decision_seconds.Add({{"route", std::string(route)}}, seconds_buckets);
  return std::make_shared<RouteLimits>(state_->registry, state_->decisions, histogram, route,
                                       rules);
}

void Prometheus::token_checked(boost::system::error_code outcome) noexcept {
  state_->tokens.count(outcome);
}

void Prometheus::session_healed() noexcept {
  state_->sessions_healed.Increment();
}

void Prometheus::store_asked(boost::system::error_code outcome,
                             std::chrono::nanoseconds took) noexcept {
  state_->round_trips.count(outcome);
  if (took.count() > 0) state_->round_trip_seconds.Observe(seconds(took));
}

void Prometheus::breaker_changed(bool open) noexcept {
  open ? state_->breaker_open.Increment() : state_->breaker_open.Decrement();
}

}  // namespace webtool::metrics
