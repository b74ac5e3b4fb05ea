// The names of the headers in which proxies name the client.
#pragma once

#include <tuple>

#include <webtool/auth/client_address.hpp>

#include "casters/literal.hpp"

namespace webtool::python {

template <>
struct Literal<auth::ProxyHeader> {
  static constexpr auto choices =
      std::tuple(choice("x-forwarded-for", auth::ProxyHeader::x_forwarded_for),
                 choice("forwarded", auth::ProxyHeader::forwarded));
};

}  // namespace webtool::python
