// The hops of X-Forwarded-For and of Forwarded (RFC 7239), taken from the right: what a proxy has
// appended then reads the same, whatever a client has written to the left of it.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

#include <webtool/auth/client_address.hpp>

namespace webtool::auth {

inline constexpr std::size_t max_hop_size = 512;

struct LastHop {
  std::string_view hop{};                  ///< without white space around it
  std::optional<std::string_view> rest{};  ///< what is left of its comma, if there is one
};

/// The right-most hop of a line. One that is longer than max_hop_size is given as empty, without a
/// rest.
[[nodiscard]] LastHop split_last_hop(std::string_view line, ProxyHeader header) noexcept;

/// The address that a hop names, normalised, if it names one.
[[nodiscard]] std::optional<boost::asio::ip::address> parse_hop(std::string_view hop,
                                                                ProxyHeader header);

/// An IPv4 or IPv6 address in digits, normalised. Takes neither zone nor port.
[[nodiscard]] std::optional<boost::asio::ip::address> parse_address(std::string_view text);

/// An IPv4-mapped address as IPv4; an IPv6 address without its zone, which says nothing elsewhere.
[[nodiscard]] boost::asio::ip::address normalised(const boost::asio::ip::address& address);

}  // namespace webtool::auth
