// As much of an HTTP request as authentication and throttling need, whatever framework it came in
// by.
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
  /// The path as it was sent, without the query.
  [[nodiscard]] virtual std::string_view path() const = 0;
  /// The value of the `nth` header of that name (letter case does not matter), or nothing where
  /// there are fewer.
  [[nodiscard]] virtual std::optional<std::string_view> header(std::string_view name,
                                                               std::size_t nth = 0) const = 0;
  /// The address at the other end of the connection; unspecified (0.0.0.0) if it has none, as on a
  /// Unix socket.
  [[nodiscard]] virtual boost::asio::ip::address peer() const = 0;
};

}  // namespace webtool::auth
