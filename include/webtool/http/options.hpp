// The options of a Server. They include a limit for every resource that a client can use up. The
// defaults suit a service on the open internet.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace webtool::http {

struct ServerOptions {
  /// The address to listen on: IPv4, IPv6 (brackets are allowed), or a name. A name is looked up
  /// once, and the first address is used. "localhost" is 127.0.0.1.
  std::string host = "127.0.0.1";
  /// 0 selects a free port, which Server::port() returns.
  std::uint16_t port = 8000;
  /// The number of threads. Each has its own io_context and its own connections.
  unsigned threads = 1;

  /// The maximum size of the request line and header together. The response to a longer one is 431,
  /// or 414 if the request line alone is longer.
  std::size_t header_limit = 16 * 1024;
  /// The maximum size of a body. The response to a longer body is 413.
  std::size_t body_limit = 64 * 1024;
  /// The maximum number of open connections of all threads together. More connections wait until
  /// the server accepts them. Each connection needs a file descriptor. The server raises the soft
  /// limit of open files (RLIMIT_NOFILE) as far as it may, and lowers this maximum to the number
  /// that fits. It logs both changes.
  std::size_t max_connections = 10'000;

  /// The time from the start of a connection, or the first byte of a request, to the end of the
  /// header. After it the response is 408.
  std::chrono::milliseconds header_timeout = std::chrono::seconds(10);
  /// The time from the end of the header to the end of the body. After it the response is 408.
  std::chrono::milliseconds body_timeout = std::chrono::seconds(30);
  /// The time for the client to receive a response. After it the server closes the connection.
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);
  /// The time between a response and the first byte of the next request. After it the server closes
  /// the connection.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(75);
  /// How long stop() waits for unfinished requests.
  std::chrono::milliseconds drain_timeout = std::chrono::seconds(10);
};

}  // namespace webtool::http
