// The parts of an HTTP request that authentication and throttling need, independent of a framework.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace webtool::auth {

class RequestView {
 public:
  virtual ~RequestView() = default;
  [[nodiscard]] virtual std::string_view method() const = 0;
  /// The path as the client sent it, without the query.
  [[nodiscard]] virtual std::string_view path() const = 0;
  /// Returns the value of the `nth` header of that name (in any letter case, `nth` counts from 0).
  /// Returns nothing if there are fewer.
  [[nodiscard]] virtual std::optional<std::string_view> header(std::string_view name,
                                                               std::size_t nth = 0) const = 0;
  /// Returns the address of the peer of the connection. Unspecified (0.0.0.0) if the peer has no
  /// address, as on a Unix socket.
  [[nodiscard]] virtual boost::asio::ip::address peer() const = 0;
};

}  // namespace webtool::auth
