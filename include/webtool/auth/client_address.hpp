// Whose address a request comes from, when proxies stand in between.
//
// A client can write whatever it likes into X-Forwarded-For; only what a trusted proxy has added at
// its right end is to be believed. So the hops are read from the right, and only as far as trust
// reaches: a forged left part is not even looked at.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <webtool/auth/request_view.hpp>

namespace webtool::auth {

/// The header in which the trusted proxies say whom they forward for. No other is believed: a proxy
/// lets pass what it does not know.
enum class ProxyHeader {
  x_forwarded_for,
  forwarded,  ///< RFC 7239
};

struct ClientAddressOptions {
  /// Addresses and networks (CIDR, no bits set beyond the prefix) of the proxies in front of this
  /// service, IPv4 and IPv6; "unix" for a proxy that connects through a Unix socket, which has no
  /// address. Empty: the peer is the client, and all clients of a Unix socket are one.
  std::vector<std::string> trusted_proxies{};
  ProxyHeader header = ProxyHeader::x_forwarded_for;
};

class ClientAddress {
 public:
  /// The peer's address, whatever headers say.
  ClientAddress() = default;
  /// Throws std::invalid_argument, naming the option, for a proxy that is neither an address, a
  /// network nor "unix", and for a network of all addresses: anybody could then claim any address.
  explicit ClientAddress(const ClientAddressOptions& options);

  /// The peer (0.0.0.0 if it has no address), unless it is a trusted proxy; then the right-most hop
  /// of the header that is not one. Where a hop cannot be understood (`unknown`, an obfuscated or
  /// empty one, a host name) or the header ends, it is the last one that was. At most 32 hops are
  /// looked at, of at most 512 characters each. An IPv4-mapped address is given as IPv4, an IPv6
  /// address without zone.
  [[nodiscard]] boost::asio::ip::address of(const RequestView& request) const;

 private:
  struct Network {
    boost::asio::ip::address first;
    unsigned prefix_length;
  };
  static Network parse_network(std::string_view text);
  [[nodiscard]] bool trusts(const boost::asio::ip::address& address) const noexcept;

  std::vector<Network> trusted_proxies_{};
  bool trusts_unix_ = false;
  ProxyHeader header_ = ProxyHeader::x_forwarded_for;
};

/// The text by which an address is known and charged: itself for IPv4, its /64 for IPv6, the IPv4
/// address for an IPv4-mapped one.
[[nodiscard]] std::string address_identity(const boost::asio::ip::address& address);

}  // namespace webtool::auth
