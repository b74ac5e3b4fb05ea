// A consumer's program that asks for a component.
#include <webtool/metrics/prometheus.hpp>

int main() {
  webtool::metrics::Prometheus metrics;
  metrics.breaker_changed(true);
  return metrics.render().find("webtool_store_breaker_open 1") == std::string::npos;
}
