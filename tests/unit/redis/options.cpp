#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>

#include <webtool/redis/client.hpp>

namespace webtool::redis {
namespace {

using namespace std::chrono_literals;

TEST(RedisOptions, DefaultsWork) {
  EXPECT_NO_THROW(Client(Options{}));
}

TEST(RedisOptions, ImpossibleOnesAreRefusedByName) {
  struct Row {
    const char* field;
    std::function<void(Options&)> spoil;
  };
  const Row table[] = {
      {"host", [](Options& o) { o.host.clear(); }},
      {"port", [](Options& o) { o.port = 0; }},
      {"unix_socket", [](Options& o) { o.unix_socket = std::string(200, 'x'); }},
      {"tls ", [](Options& o) { o.unix_socket = "/x", o.tls = true; }},
      {"tls_ca_file", [](Options& o) { o.tls_ca_file = "x"; }},
      {"tls_ca_file", [](Options& o) { o.tls = true, o.tls_ca_file = "/no/such/file"; }},
      {"tls_insecure", [](Options& o) { o.tls_insecure = true; }},
      {"password", [](Options& o) { o.username = "ann"; }},
      {"client_name", [](Options& o) { o.client_name = "a b"; }},
      {"connect_timeout", [](Options& o) { o.connect_timeout = 0ms; }},
      {"command_timeout", [](Options& o) { o.command_timeout = -1ms; }},
      {"ping_interval", [](Options& o) { o.ping_interval = -1ms; }},
      {"reconnect_delay_min", [](Options& o) { o.reconnect_delay_min = 0ms; }},
      {"reconnect_delay_max", [](Options& o) { o.reconnect_delay_max = 1ms; }},
      {"max_in_flight", [](Options& o) { o.max_in_flight = 0; }},
      {"max_queued_bytes", [](Options& o) { o.max_queued_bytes = 0; }},
      {"max_reply_size", [](Options& o) { o.max_reply_size = 0; }},
      {"breaker_failures", [](Options& o) { o.breaker_failures = 0; }},
      {"breaker_delay", [](Options& o) { o.breaker_delay = 0ms; }},
  };
  for (const Row& row : table) {
    Options options;
    row.spoil(options);
    try {
      const Client client(options);
      ADD_FAILURE() << "accepted: " << row.field;
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find(row.field), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace webtool::redis
