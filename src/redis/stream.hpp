// A byte stream to the server: TCP, a Unix socket, or TLS over TCP. Connects, reads and writes, but
// knows no protocol above.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include <webtool/core/awaitable.hpp>
#include <webtool/redis/options.hpp>

#include "redis/endpoint.hpp"
#include "redis/names.hpp"

namespace webtool::redis {

/// Returns the TLS context that the connections of a client share, or null without TLS. Throws
/// std::invalid_argument if the files of the options cannot be read.
[[nodiscard]] std::shared_ptr<boost::asio::ssl::context> make_tls_context(const Options& options);

class Stream {
 public:
  /// `tls` may be null and must outlive the stream.
  Stream(Executor executor, boost::asio::ssl::context* tls, std::shared_ptr<Names> names);

  /// Looks the name up, connects, and verifies the server's certificate. Throws system_error.
  [[nodiscard]] awaitable<void> connect(const Endpoint& endpoint, const Options& options);

  [[nodiscard]] awaitable<std::size_t> read_some(boost::asio::mutable_buffer buffer);
  /// Writes all bytes.
  [[nodiscard]] awaitable<std::size_t> write(boost::asio::const_buffer buffer);

  template <class Handler>
  void async_write(boost::asio::const_buffer buffer, Handler handler) {
    if (tls_) {
      boost::asio::async_write(*tls_, buffer, std::move(handler));
    } else {
      boost::asio::async_write(socket_, buffer, std::move(handler));
    }
  }

  /// Writes the bytes that the socket accepts immediately, usually all. Returns their number.
  /// Returns 0 with TLS, which cannot write synchronously.
  [[nodiscard]] std::size_t write_now(boost::asio::const_buffer buffer) noexcept;

  /// Ends all operations in progress.
  void close() noexcept;

 private:
  using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;

  awaitable<std::vector<boost::asio::ip::tcp::endpoint>> look_up(const std::string& host,
                                                                 std::uint16_t port);
  awaitable<void> connect_unix(const std::string& path);
  awaitable<void> connect_tcp(const std::string& host, std::uint16_t port,
                              std::chrono::milliseconds timeout);
  awaitable<void> shake_hands(const std::string& host, bool verify);

  Socket socket_;
  SteadyTimer timer_;  ///< for the name lookup and the attempts to connect
  std::shared_ptr<Names> names_;
  boost::asio::ssl::context* context_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
  bool closed_ = false;
};

}  // namespace webtool::redis
