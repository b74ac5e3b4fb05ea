#include "redis/check_options.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <algorithm>

#include "core/option_check.hpp"

namespace webtool::redis {
namespace {

constexpr OptionCheck require("redis::Options");

void require_path(const std::string& path) {
  // The system limits the size of a Unix socket's address.
  const std::size_t max_size = sizeof(sockaddr_un::sun_path) - 1;
  require(path.size() <= max_size, "unix_socket is too long");
  require(path.find('\0') == std::string::npos, "unix_socket must not contain a zero byte");
}

bool is_namespace(const std::string& text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return text.size() <= 64 && std::all_of(text.begin(), text.end(), fits);
}

/// CLIENT SETNAME takes neither spaces nor control characters.
bool is_client_name(const std::string& name) {
  for (const char byte : name) {
    if (byte < '!' || byte > '~') return false;
  }
  return true;
}

}  // namespace

Options checked(Options options) {
  if (options.unix_socket.empty()) {
    require(!options.host.empty(), "host must not be empty");
    require(options.host.find('\0') == std::string::npos, "host must not contain a zero byte");
    require(options.port != 0, "port must not be 0");
  } else {
    require_path(options.unix_socket);
    require(!options.tls, "tls and unix_socket exclude each other");
  }
  require(options.tls || options.tls_ca_file.empty(), "tls_ca_file is set but tls is not");
  require(options.tls || options.tls_cert_file.empty(), "tls_cert_file is set but tls is not");
  require(options.tls_cert_file.empty() == options.tls_key_file.empty(),
          "tls_cert_file and tls_key_file must both be set or both be empty");
  require(options.tls || !options.tls_insecure, "tls_insecure is set but tls is not");
  require(!options.tls_insecure || options.tls_ca_file.empty(),
          "tls_ca_file and tls_insecure exclude each other");
  require(options.username.empty() || !options.password.empty(),
          "password must be set if username is set");
  require(is_client_name(options.client_name),
          "client_name must be printable ASCII without spaces");
  require(is_namespace(options.key_namespace),
          "key_namespace must have only letters, digits, _ - and . (at most 64)");
  require(options.connect_timeout.count() > 0, "connect_timeout must be positive");
  require(options.command_timeout.count() > 0, "command_timeout must be positive");
  require(options.ping_interval.count() >= 0, "ping_interval must not be negative");
  require(options.reconnect_delay_min.count() > 0, "reconnect_delay_min must be positive");
  require(options.reconnect_delay_max >= options.reconnect_delay_min,
          "reconnect_delay_max must not be less than reconnect_delay_min");
  require(options.max_in_flight > 0, "max_in_flight must be positive");
  require(options.max_queued_bytes > 0, "max_queued_bytes must be positive");
  require(options.max_reply_size > 0, "max_reply_size must be positive");
  require(options.breaker_failures > 0, "breaker_failures must be positive");
  require(options.breaker_delay.count() > 0, "breaker_delay must be positive");
  return options;
}

}  // namespace webtool::redis
