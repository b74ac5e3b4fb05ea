// The address of one server. Options apply to all servers of a client, an endpoint is one of them.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include <webtool/redis/options.hpp>

namespace webtool::redis {

struct Endpoint {
  std::string host{};  ///< a name or an address
  std::uint16_t port = 0;
  std::string unix_socket{};  ///< if not empty, `host` and `port` are not used

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// Returns the endpoint in the options.
[[nodiscard]] inline Endpoint endpoint_of(const Options& options) {
  return {options.host, options.port, options.unix_socket};
}

/// Returns "host:port" or the path of the socket, for logs.
[[nodiscard]] inline std::string to_string(const Endpoint& endpoint) {
  if (!endpoint.unix_socket.empty()) return endpoint.unix_socket;
  return endpoint.host + ':' + std::to_string(endpoint.port);
}

}  // namespace webtool::redis
