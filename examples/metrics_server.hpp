// Serves the counters for Prometheus on a separate address, because not every client of the service
// should see its load.
#pragma once

#include <webtool/http/server.hpp>
#include <webtool/metrics/prometheus.hpp>

#include <memory>
#include <stdexcept>
#include <string>

#include "getting_started.hpp"

class MetricsServer {
 public:
  /// `address` is `host:port`, or "1" for 127.0.0.1:9464. Throws std::invalid_argument.
  MetricsServer(const std::string& address, std::shared_ptr<webtool::metrics::Prometheus> metrics)
      : server_(options(address)) {
    using namespace webtool;
    server_.get("/metrics",
                [metrics = std::move(metrics)](http::Request&) -> awaitable<http::Response> {
                  co_return http::Response(200, metrics->render())
                      .set("Content-Type", metrics::Prometheus::content_type);
                });
    server_.start();
    std::cout << "Metrics at http://" << shown_host(options(address).host) << ':' << server_.port()
              << "/metrics" << std::endl;
  }

 private:
  static webtool::http::ServerOptions options(const std::string& address) {
    const std::string whole = address == "1" ? "127.0.0.1:9464" : address;
    const auto colon = whole.rfind(':');
    if (colon == std::string::npos)
      throw std::invalid_argument("WEBTOOL_METRICS must be 1 or host:port");
    return {.host = whole.substr(0, colon),
            .port = port_number(whole.substr(colon + 1), "WEBTOOL_METRICS")};
  }

  webtool::http::Server server_;
};
