// The hops of X-Forwarded-For and of Forwarded (RFC 7239), read from the right. A proxy appends its
// hop on the right, so text that a client has written on the left does not change how it is parsed.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

#include <webtool/auth/client_address.hpp>

namespace webtool::auth {

inline constexpr std::size_t max_hop_size = 512;

struct LastHop {
  std::string_view hop{};  ///< without white space around it
  std::optional<std::string_view>
      rest{};  ///< the text left of the hop's comma, if there is a comma
};

/// Returns the right-most hop of a line. A hop longer than max_hop_size is returned as empty,
/// without a rest.
[[nodiscard]] LastHop split_last_hop(std::string_view line, ProxyHeader header) noexcept;

/// Returns the address in a hop, normalised. Returns nothing if there is none.
[[nodiscard]] std::optional<boost::asio::ip::address> parse_hop(std::string_view hop,
                                                                ProxyHeader header);

/// Parses an IPv4 or IPv6 address in digits, without zone or port. Returns it normalised.
[[nodiscard]] std::optional<boost::asio::ip::address> parse_address(std::string_view text);

/// Returns an IPv4-mapped address as IPv4, and an IPv6 address without its zone, which has a
/// meaning on one host only.
[[nodiscard]] boost::asio::ip::address normalised(const boost::asio::ip::address& address);

}  // namespace webtool::auth
