// The address of a Redis server, and the timeouts and limits of a client.
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
  /// A name or an address. "localhost" is the loopback address without a name lookup, IPv4 before
  /// IPv6.
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  /// The path of a Unix socket. If set, `host` and `port` are not used.
  std::string unix_socket{};
  bool tls = false;
  /// A PEM file of the authorities that may certify the server. Empty: the system's authorities.
  std::string tls_ca_file{};
  /// PEM files of the client's certificate and key, for a server with `tls-auth-clients yes`. Set
  /// both or none.
  std::string tls_cert_file{};
  std::string tls_key_file{};
  /// Accept any certificate of the server. Insecure.
  bool tls_insecure = false;
  std::string username{};
  Secret password{};
  unsigned database = 0;
  std::string client_name = "webtool";
  /// A prefix, with ":", of every key of RedisCache, sessions and limits, so that applications can
  /// share a database. Letters, digits, "_", "-" and "."; at most 64.
  std::string key_namespace{};

  /// The time for name lookup, TCP, TLS, AUTH and SELECT together.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(1);
  /// The time from the call to the reply, including the wait for a connection.
  std::chrono::milliseconds command_timeout{500};
  /// An idle connection is tested with PING at this interval. 0: never.
  std::chrono::milliseconds ping_interval = std::chrono::seconds(15);

  /// The delay before a reconnect. It doubles from `min` to `max`, with jitter.
  std::chrono::milliseconds reconnect_delay_min{20};
  std::chrono::milliseconds reconnect_delay_max = std::chrono::seconds(2);

  /// The maximum number of commands sent or waiting on one connection. Further commands get
  /// `Error::queue_full`.
  std::size_t max_in_flight = 65'536;
  /// The maximum number of bytes waiting to be written on one connection. Beyond it, commands get
  /// `Error::queue_full`.
  std::size_t max_queued_bytes = 64 * 1024 * 1024;
  /// The maximum number of bytes of one reply. A larger reply fails with `Error::protocol_error`,
  /// and the connection is replaced.
  std::size_t max_reply_size = 64 * 1024 * 1024;

  /// This many timeouts or connection failures in a row open the circuit breaker. Commands then
  /// fail immediately with `Error::breaker_open`, except one probe every `breaker_delay`.
  unsigned breaker_failures = 5;
  std::chrono::milliseconds breaker_delay{250};

  /// Receives the outcome of every command and the changes of the breaker.
  std::shared_ptr<Observer> observer{};
};

/// Parses `redis://[user[:password]@]host[:port][/database]`, `rediss://…` (TLS) and
/// `unix://[user[:password]@]/path[?db=N]`, percent-encoded if needed. Query parameters: `db`,
/// `client_name`, `namespace`, `timeout` and `connect_timeout` (milliseconds, up to 24 hours),
/// `tls_ca_file`, `tls_cert_file`, `tls_key_file`, `tls_insecure` (true, false). An IPv6 address is
/// in brackets, and its zone follows `%25` (RFC 6874). Throws std::invalid_argument that names the
/// invalid part. The text never contains the password.
[[nodiscard]] Options parse_url(std::string_view url);

}  // namespace webtool::redis
