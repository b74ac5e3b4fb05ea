// Where a Redis server is and how patient to be with it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <webtool/core/observer.hpp>
#include <webtool/core/secret.hpp>

namespace webtool::redis {

struct Options {
  /// A name or an address. "localhost" is the loopback, IPv4 before IPv6, and is not looked up.
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  /// Path of a Unix socket; when set, `host` and `port` are not used.
  std::string unix_socket{};
  bool tls = false;
  /// PEM file of the authorities that may vouch for the server. Empty: the system's.
  std::string tls_ca_file{};
  /// PEM files of the certificate and key to show to a server that asks for one
  /// (`tls-auth-clients yes`). Both or none.
  std::string tls_cert_file{};
  std::string tls_key_file{};
  /// The loose choice, by name: accept any certificate.
  bool tls_insecure = false;
  std::string username{};
  Secret password{};
  unsigned database = 0;
  std::string client_name = "webtool";
  /// Put before every key that RedisCache, sessions and limits use, with a ":": applications that
  /// share a database keep apart by it. Letters, digits, "_", "-" and "."; at most 64.
  std::string key_namespace{};

  /// Name lookup, TCP, TLS, AUTH and SELECT together.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(1);
  /// From the call to the reply, waiting for the connection included.
  std::chrono::milliseconds command_timeout{500};
  /// An idle connection is tested with PING this often; 0 never.
  std::chrono::milliseconds ping_interval = std::chrono::seconds(15);

  /// Wait before reconnecting: doubles from the first to the last, with jitter.
  std::chrono::milliseconds reconnect_delay_min{20};
  std::chrono::milliseconds reconnect_delay_max = std::chrono::seconds(2);

  /// Commands sent or waiting on one connection; the next one gets `Error::queue_full`.
  std::size_t max_in_flight = 65'536;
  /// Bytes waiting to be written on one connection; beyond, `Error::queue_full`.
  std::size_t max_queued_bytes = 64 * 1024 * 1024;
  /// Bytes of one reply; beyond, `Error::protocol_error` and a new connection.
  std::size_t max_reply_size = 64 * 1024 * 1024;

  /// This many timeouts or connection failures in a row open the circuit breaker: commands then
  /// fail at once with `Error::breaker_open`, but for one probe every `breaker_delay`.
  unsigned breaker_failures = 5;
  std::chrono::milliseconds breaker_delay{250};

  /// Told of every command and of the breaker.
  std::shared_ptr<Observer> observer{};
};

/// Reads `redis://[user[:password]@]host[:port][/database]`, `rediss://…` (TLS) and
/// `unix://[user[:password]@]/path[?db=N]`, percent-encoded where needed. Query parameters: `db`,
/// `client_name`, `namespace`, `timeout` and `connect_timeout` (milliseconds), `tls_ca_file`,
/// `tls_cert_file`, `tls_key_file`, `tls_insecure` (true, false). An IPv6 address stands in
/// brackets; a zone follows it after `%25` (RFC 6874). Throws std::invalid_argument that names the
/// faulty part, never the password.
[[nodiscard]] Options parse_url(std::string_view url);

}  // namespace webtool::redis
