#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <map>
#include <sstream>
#include <thread>

#include <webtool/jose/error.hpp>
#include <webtool/metrics/prometheus.hpp>
#include <webtool/redis/error.hpp>

namespace webtool::metrics {
namespace {

using namespace std::chrono_literals;
using jose::TokenError;
using redis::Error;
using testing::ElementsAre;
using testing::Pair;

using Series = std::map<std::string, double>;

// Every series by name and labels.
Series series_of(const Prometheus& metrics) {
  Series series;
  std::istringstream lines(metrics.render());
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.rfind(' ');
    if (line.front() != '#') series[line.substr(0, space)] = std::stod(line.substr(space + 1));
  }
  return series;
}

// The series that have changed, and by how much.
template <class Event>
Series changes(const Prometheus& metrics, Event&& event) {
  const auto before = series_of(metrics);
  event();
  auto after = series_of(metrics);
  for (const auto& [name, value] : before) after[name] -= value;
  std::erase_if(after, [](const auto& entry) { return entry.second == 0; });
  return after;
}

// Of a histogram only the count and the sum.
Series without_buckets(Series series) {
  std::erase_if(
      series, [](const auto& entry) { return entry.first.find("_bucket{") != std::string::npos; });
  return series;
}

TEST(Prometheus, CountsWhatEachRuleMakesOfRequests) {
  Prometheus metrics;
  const auto one = metrics.limits("GET /one/", {"burst", "hourly"});
  const auto two = metrics.limits("GET /two/", {"burst"});
  const std::pair<RuleOutcome, std::string> outcomes[] = {
      {RuleOutcome::allowed, "allowed"},
      {RuleOutcome::denied, "denied"},
      {RuleOutcome::shadow_denied, "shadow_denied"},
      {RuleOutcome::store_failed, "store_failed"}};
  for (const auto& [outcome, name] : outcomes) {
    const auto of = [verdict = name](const char* route, const char* rule) {
      return std::string("webtool_limit_decisions_total{route=\"") + route + "\",rule=\"" + rule +
             "\",verdict=\"" + verdict + "\"}";
    };
    EXPECT_THAT(changes(metrics, [&, what = outcome] { one->counted(1, what); }),
                ElementsAre(Pair(of("GET /one/", "hourly"), 1)));
    EXPECT_THAT(changes(metrics, [&, what = outcome] { two->counted(0, what); }),
                ElementsAre(Pair(of("GET /two/", "burst"), 1)));
  }
}

TEST(Prometheus, MeasuresDecisions) {
  Prometheus metrics;
  const auto route = metrics.limits("GET /", {"burst"});
  const auto changed = changes(metrics, [&] { route->decided(250ms); });
  EXPECT_THAT(without_buckets(changed),
              ElementsAre(Pair("webtool_limit_decision_seconds_count{route=\"GET /\"}", 1),
                          Pair("webtool_limit_decision_seconds_sum{route=\"GET /\"}", 0.25)));
  const auto bucket = [&](const std::string& bound) {
    return changed.count("webtool_limit_decision_seconds_bucket{route=\"GET /\",le=\"" + bound +
                         "\"}");
  };
  EXPECT_EQ(bucket("0.1"), 0u);
  EXPECT_EQ(bucket("0.5"), 1u);
  EXPECT_EQ(bucket("+Inf"), 1u);
}

TEST(Prometheus, CountsTokensByOutcome) {
  Prometheus metrics;
  const std::pair<boost::system::error_code, std::string> outcomes[] = {
      {{}, "ok"},
      {TokenError::malformed, "malformed"},
      {TokenError::bad_signature, "bad_signature"},
      {TokenError::expired, "expired"},
      {TokenError::revoked, "revoked"},
      {TokenError::multiple_credentials, "multiple_credentials"},
      {make_error_code(boost::system::errc::timed_out), "other"},
      {Error::timeout, "other"},
      {{99, jose::token_category()}, "other"},
      {{-1, jose::token_category()}, "other"}};
  for (const auto& [outcome, name] : outcomes)
    EXPECT_THAT(changes(metrics, [&, what = outcome] { metrics.token_checked(what); }),
                ElementsAre(Pair("webtool_tokens_total{outcome=\"" + name + "\"}", 1)));
}

TEST(Prometheus, CountsHealedSessions) {
  Prometheus metrics;
  EXPECT_THAT(changes(metrics, [&] { metrics.session_healed(); }),
              ElementsAre(Pair("webtool_sessions_healed_total", 1)));
}

TEST(Prometheus, CountsAndMeasuresRoundTrips) {
  Prometheus metrics;
  EXPECT_THAT(without_buckets(changes(metrics, [&] { metrics.store_asked({}, 500ms); })),
              ElementsAre(Pair("webtool_store_round_trip_seconds_count", 1),
                          Pair("webtool_store_round_trip_seconds_sum", 0.5),
                          Pair("webtool_store_round_trips_total{outcome=\"ok\"}", 1)));
  EXPECT_THAT(changes(metrics, [&] { metrics.store_asked(Error::breaker_open, 0ms); }),
              ElementsAre(Pair("webtool_store_round_trips_total{outcome=\"breaker_open\"}", 1)));
  EXPECT_THAT(changes(metrics, [&] { metrics.store_asked(Error::protocol_error, 0ms); }),
              ElementsAre(Pair("webtool_store_round_trips_total{outcome=\"protocol_error\"}", 1)));
}

TEST(Prometheus, SaysHowManyBreakersAreOpen) {
  Prometheus metrics;
  metrics.breaker_changed(true);
  metrics.breaker_changed(true);
  EXPECT_EQ(series_of(metrics)["webtool_store_breaker_open"], 2);
  metrics.breaker_changed(false);
  EXPECT_EQ(series_of(metrics)["webtool_store_breaker_open"], 1);
}

TEST(Prometheus, HasEverySeriesFromTheStart) {
  Prometheus metrics;
  auto before = series_of(metrics);
  EXPECT_TRUE(before.contains("webtool_store_breaker_open"));
  EXPECT_TRUE(before.contains("webtool_tokens_total{outcome=\"token_reused\"}"));
  const auto route = metrics.limits("GET /", {"burst"});
  before = series_of(metrics);
  EXPECT_EQ(before.at("webtool_limit_decisions_total{route=\"GET /\",rule=\"burst\",verdict="
                      "\"denied\"}"),
            0);
}

TEST(Prometheus, SharesTheApplicationsRegistryAndOutlivesNothing) {
  const auto registry = std::make_shared<prometheus::Registry>();
  prometheus::BuildCounter().Name("mine_total").Register(*registry).Add({}).Increment();
  std::shared_ptr<LimitObserver> route;
  {
    Prometheus metrics(registry);
    route = metrics.limits("GET /\"\\\n", {"burst"});
    EXPECT_EQ(series_of(metrics)["mine_total"], 1);
  }
  route->counted(0, RuleOutcome::allowed);  // a policy may live longer
  const Prometheus again(registry);
  const auto all = series_of(again);
  EXPECT_EQ(all.at("webtool_limit_decisions_total{route=\"GET /\\\"\\\\\\n\",rule=\"burst\","
                   "verdict=\"allowed\"}"),
            1);
}

TEST(Prometheus, CountsFromAnyThread) {
  Prometheus metrics;
  const auto route = metrics.limits("GET /", {"burst"});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) {
        route->counted(0, RuleOutcome::denied);
        route->decided(1us);
        metrics.token_checked(TokenError::expired);
        metrics.store_asked({}, 1us);
        if (k % 100 == 0) (void)metrics.render();
      }
    });
  for (auto& thread : threads) thread.join();
  const auto all = series_of(metrics);
  EXPECT_EQ(all.at("webtool_tokens_total{outcome=\"expired\"}"), 4000);
  EXPECT_EQ(all.at("webtool_limit_decision_seconds_count{route=\"GET /\"}"), 4000);
  EXPECT_EQ(all.at("webtool_store_round_trip_seconds_count"), 4000);
}

}  // namespace
}  // namespace webtool::metrics
