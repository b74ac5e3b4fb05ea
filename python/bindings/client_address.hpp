// Converts the Python arguments `trusted_proxies` and `proxy_header`.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <webtool/auth/client_address.hpp>

namespace webtool::python {

inline auth::ClientAddress to_client_address(std::vector<std::string> trusted_proxies,
                                             const std::string& header) {
  auth::ClientAddressOptions options;
  options.trusted_proxies = std::move(trusted_proxies);
  if (header == "forwarded")
    options.header = auth::ProxyHeader::forwarded;
  else if (header != "x-forwarded-for")
    throw std::invalid_argument("proxy_header must be 'x-forwarded-for' or 'forwarded'");
  return auth::ClientAddress(options);
}

}  // namespace webtool::python
