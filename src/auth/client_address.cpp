#include <webtool/auth/client_address.hpp>

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "auth/forwarded.hpp"
#include "core/option_check.hpp"

namespace webtool::auth {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t max_hops = 32;

std::string_view name_of(ProxyHeader header) noexcept {
  return header == ProxyHeader::forwarded ? "forwarded" : "x-forwarded-for";
}

[[noreturn]] void refuse(std::string_view proxy, const char* why) {
  const OptionCheck require("ClientAddressOptions");
  require.refuse("trusted_proxies: \"" + std::string(proxy) + "\" " + why);
}

ip::address first_of_network(const ip::address& address, unsigned prefix_length) {
  const auto length = static_cast<unsigned short>(prefix_length);
  if (address.is_v4()) return ip::network_v4(address.to_v4(), length).network();
  return ip::network_v6(address.to_v6(), length).network();
}

/// Returns the number of headers of that name, with few calls of `header`: a client chooses the
/// number of headers, and a call may cost time proportional to `nth`.
std::size_t count_lines(const RequestView& request, std::string_view name) {
  std::size_t present = 0;
  std::size_t absent = 1;
  for (; request.header(name, absent - 1); absent *= 2) present = absent;
  while (absent - present > 1) {
    const auto middle = present + (absent - present) / 2;
    (request.header(name, middle - 1) ? present : absent) = middle;
  }
  return present;
}

}  // namespace

ClientAddress::ClientAddress(const ClientAddressOptions& options) : header_(options.header) {
  for (const auto& proxy : options.trusted_proxies) {
    if (proxy == "unix")
      trusts_unix_ = true;
    else
      trusted_proxies_.push_back(parse_network(proxy));
  }
}

ClientAddress::Network ClientAddress::parse_network(std::string_view text) {
  const auto slash = std::min(text.find('/'), text.size());
  const auto digits = text.substr(0, slash);
  const auto address = parse_address(digits);
  if (!address) refuse(text, "is not an address, a network or \"unix\"");
  const unsigned longest = address->is_v4() ? 32 : 128;
  if (slash == text.size()) return {*address, longest};

  // parse_address has turned an IPv4-mapped network into an IPv4 network.
  const bool mapped = address->is_v4() && digits.find(':') != std::string_view::npos;
  const unsigned before = mapped ? 96 : 0;
  unsigned length = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, length);
  if (error != std::errc{} || stop != end || length < before || length - before > longest)
    refuse(text, "has an invalid prefix length");
  length -= before;
  if (length == 0) refuse(text, "matches every address; list the proxies instead");
  if (first_of_network(*address, length) != *address)
    refuse(text, "has bits set beyond its prefix");
  return {*address, length};
}

bool ClientAddress::trusts(const ip::address& address) const noexcept {
  return std::any_of(trusted_proxies_.begin(), trusted_proxies_.end(), [&](const Network& network) {
    return network.first.is_v4() == address.is_v4() &&
           first_of_network(address, network.prefix_length) == network.first;
  });
}

ip::address ClientAddress::of(const RequestView& request) const {
  auto nearest = normalised(request.peer());
  // A peer on a Unix socket has no address. A hop of 0.0.0.0 is not such a peer.
  const bool has_address = !nearest.is_unspecified();
  if (!trusts(nearest) && (has_address || !trusts_unix_)) return nearest;

  const auto name = name_of(header_);
  std::size_t hops = 0;
  for (auto lines = count_lines(request, name); lines > 0; --lines) {
    for (auto rest = request.header(name, lines - 1); rest;) {
      const auto last = split_last_hop(*rest, header_);
      const auto address = parse_hop(last.hop, header_);
      if (!address) return nearest;
      nearest = *address;
      if (!trusts(nearest) || ++hops == max_hops) return nearest;
      rest = last.rest;
    }
  }
  return nearest;
}

std::string address_identity(const ip::address& address) {
  const auto plain = normalised(address);
  if (plain.is_v4()) return plain.to_string();
  return ip::network_v6(plain.to_v6(), 64).canonical().to_string();
}

}  // namespace webtool::auth
