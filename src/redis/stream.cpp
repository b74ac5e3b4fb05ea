#include "redis/stream.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace webtool::redis {
namespace asio = boost::asio;

namespace {

using asio::ip::tcp;

// Clears the flag at the end of an attempt to connect, because its timer may fire later, when the
// stream is gone.
struct Waiting {
  std::shared_ptr<bool> flag;
  ~Waiting() { *flag = false; }
};

void show_certificate(asio::ssl::context& context, const Options& options) {
  if (options.tls_cert_file.empty()) return;
  boost::system::error_code error;
  context.use_certificate_chain_file(options.tls_cert_file, error);
  if (error)
    throw std::invalid_argument("redis::Options::tls_cert_file \"" + options.tls_cert_file +
                                "\" holds no certificate that can be read");
  context.use_private_key_file(options.tls_key_file, asio::ssl::context::pem, error);
  if (error || SSL_CTX_check_private_key(context.native_handle()) != 1)
    throw std::invalid_argument("redis::Options::tls_key_file \"" + options.tls_key_file +
                                "\" holds no key of that certificate that can be read");
}

}  // namespace

std::shared_ptr<asio::ssl::context> make_tls_context(const Options& options) {
  if (!options.tls) return nullptr;
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  show_certificate(*context, options);
  if (options.tls_insecure) {
    context->set_verify_mode(asio::ssl::verify_none);
    return context;
  }
  context->set_verify_mode(asio::ssl::verify_peer);
  boost::system::error_code error;
  if (options.tls_ca_file.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(options.tls_ca_file, error);
  }
  if (error) {
    throw std::invalid_argument("redis::Options::tls_ca_file \"" + options.tls_ca_file +
                                "\" holds no certificate that can be read");
  }
  return context;
}

Stream::Stream(Executor executor, asio::ssl::context* tls, std::shared_ptr<Names> names)
    : socket_(executor), timer_(executor), names_(std::move(names)), context_(tls) {}

awaitable<void> Stream::connect(const Endpoint& endpoint, const Options& options) {
  if (!endpoint.unix_socket.empty()) {
    co_await connect_unix(endpoint.unix_socket);
  } else {
    co_await connect_tcp(endpoint.host, endpoint.port, options.connect_timeout);
  }
  if (context_ != nullptr) co_await shake_hands(endpoint.host, !options.tls_insecure);
  socket_.non_blocking(true);
}

// Returns the addresses of a host, in the order to try them in. "localhost" is the loopback address
// without a lookup (RFC 6761 §6.3).
awaitable<std::vector<tcp::endpoint>> Stream::look_up(const std::string& host, std::uint16_t port) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  Names::Addresses addresses;
  if (!error) {
    addresses = {address};
  } else if (host == "localhost") {
    addresses = {asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()};
  } else {
    addresses = co_await names_->look_up(timer_);
  }
  std::vector<tcp::endpoint> endpoints;
  for (const auto& one : addresses) endpoints.emplace_back(one, port);
  co_return endpoints;
}

awaitable<void> Stream::connect_unix(const std::string& path) {
  const asio::local::stream_protocol::endpoint endpoint(path);
  co_await socket_.async_connect(endpoint, use_awaitable);
}

awaitable<void> Stream::connect_tcp(const std::string& host, std::uint16_t port,
                                    std::chrono::milliseconds timeout) {
  const auto endpoints = co_await look_up(host, port);
  // Each address gets a share of the time. Otherwise one address that never answers would use all
  // of it. One share is left for the steps after the connection.
  const auto share = timeout / (endpoints.size() + 1);
  boost::system::error_code error;
  boost::system::error_code failure = asio::error::host_not_found;
  for (const tcp::endpoint& endpoint : endpoints) {
    // A name lookup cannot be interrupted, so it may end after close().
    if (closed_) throw boost::system::system_error(asio::error::operation_aborted);
    socket_.close(error);
    failure.clear();
    const auto is_waiting = std::make_shared<bool>(true);
    if (endpoints.size() > 1) {
      timer_.expires_after(share);
      timer_.async_wait([this, is_waiting](boost::system::error_code cancelled) {
        boost::system::error_code ignored;
        if (!cancelled && *is_waiting) socket_.cancel(ignored);
      });
    }
    const Waiting waiting{is_waiting};
    co_await socket_.async_connect(endpoint, asio::redirect_error(use_awaitable, failure));
    if (!failure) break;
  }
  timer_.cancel();
  if (failure) throw boost::system::system_error(failure);
  socket_.set_option(tcp::no_delay(true));
  socket_.set_option(asio::socket_base::keep_alive(true));
}

awaitable<void> Stream::shake_hands(const std::string& host, bool verify) {
  tls_.emplace(socket_, *context_);
  SSL* ssl = tls_->native_handle();
  boost::system::error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (not_an_address) SSL_set_tlsext_host_name(ssl, host.c_str());
  // Checks names and addresses against the certificate's subject alternative names.
  if (verify) tls_->set_verify_callback(asio::ssl::host_name_verification(host));
  co_await tls_->async_handshake(asio::ssl::stream_base::client, use_awaitable);
}

awaitable<std::size_t> Stream::read_some(asio::mutable_buffer buffer) {
  if (tls_) return tls_->async_read_some(buffer, use_awaitable);
  return socket_.async_read_some(buffer, use_awaitable);
}

awaitable<std::size_t> Stream::write(asio::const_buffer buffer) {
  if (tls_) return asio::async_write(*tls_, buffer, use_awaitable);
  return asio::async_write(socket_, buffer, use_awaitable);
}

std::size_t Stream::write_now(asio::const_buffer buffer) noexcept {
  if (tls_) return 0;
  boost::system::error_code error;  // the next write will report it
  return socket_.write_some(asio::buffer(buffer), error);
}

void Stream::close() noexcept {
  closed_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
}

}  // namespace webtool::redis
