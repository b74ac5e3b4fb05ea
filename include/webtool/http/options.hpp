// What a Server may be told. Every bound a client could push against is here, and has a default
// that a service on the open internet can keep.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace webtool::http {

struct ServerOptions {
  /// The address to listen on: IPv4, IPv6 (brackets are allowed), or a name, which is looked up
  /// once; of several addresses the first is taken, and for "localhost" 127.0.0.1.
  std::string host = "127.0.0.1";
  /// 0 takes any free port; Server::port() says which.
  std::uint16_t port = 8000;
  /// Each thread has its own io_context and its own share of the connections.
  unsigned threads = 1;

  /// Request line and header together. A longer one is answered 431, or 414 where the request line
  /// alone is longer.
  std::size_t header_limit = 16 * 1024;
  /// A longer body is answered 413.
  std::size_t body_limit = 64 * 1024;
  /// Open connections of all threads together. Further ones wait unaccepted. Each needs a file
  /// descriptor: the server raises the soft limit of open files (RLIMIT_NOFILE) as far as it may,
  /// and lowers this bound to what fits. Both are logged.
  std::size_t max_connections = 10'000;

  /// From a connection's opening, or a request's first byte, to the end of its header; then 408.
  std::chrono::milliseconds header_timeout = std::chrono::seconds(10);
  /// From there to the end of the body; then 408.
  std::chrono::milliseconds body_timeout = std::chrono::seconds(30);
  /// For the client to take an answer; then the connection is closed.
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);
  /// Between an answer and the next request's first byte; then the connection is closed.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(75);
  /// How long stop() waits for requests under way.
  std::chrono::milliseconds drain_timeout = std::chrono::seconds(10);
};

}  // namespace webtool::http
