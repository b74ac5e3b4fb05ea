// The client address of a request that comes through proxies.
//
// A client can write anything into X-Forwarded-For. Only the part that a trusted proxy has appended
// at the right end is reliable. So the hops are read from the right, and only while they are
// trusted proxies. A forged part on the left is not read.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <webtool/auth/request_view.hpp>

namespace webtool::auth {

/// The header in which the trusted proxies name the client. Other headers are ignored, because a
/// proxy forwards unknown headers unchanged.
enum class ProxyHeader {
  x_forwarded_for,
  forwarded,  ///< RFC 7239
};

struct ClientAddressOptions {
  /// Addresses and networks of the proxies in front of this service, IPv4 and IPv6. A network is in
  /// CIDR notation, without bits beyond the prefix. "unix" stands for a proxy that connects through
  /// a Unix socket and has no address. Empty: the peer is the client, and all clients of a Unix
  /// socket count as one client.
  std::vector<std::string> trusted_proxies{};
  ProxyHeader header = ProxyHeader::x_forwarded_for;
};

class ClientAddress {
 public:
  /// `of` then returns the peer's address. Headers are ignored.
  ClientAddress() = default;
  /// Throws std::invalid_argument that names the option if a proxy is not an address, a network or
  /// "unix". Also for a network of all addresses: any client could then claim any address.
  explicit ClientAddress(const ClientAddressOptions& options);

  /// Returns the peer (0.0.0.0 if it has no address) if the peer is not a trusted proxy. Otherwise
  /// returns the right-most hop of the header that is not a trusted proxy. If a hop cannot be
  /// parsed (`unknown`, obfuscated, empty, a host name) or the header ends, returns the last
  /// address that was parsed. Reads at most 32 hops of at most 512 characters each. An IPv4-mapped
  /// address is returned as IPv4, an IPv6 address without its zone.
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

/// Returns the text that identifies an address for counting: an IPv4 address itself, the /64 of an
/// IPv6 address, and the IPv4 address of an IPv4-mapped one.
[[nodiscard]] std::string address_identity(const boost::asio::ip::address& address);

}  // namespace webtool::auth
