// Token services, those of the core and those written in Python, as the core sees them.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <utility>

#include <webtool/auth/jwt_service.hpp>

#include "bridge/operation.hpp"
#include "service_options.hpp"

namespace webtool::python {
namespace nb = nanobind;

/// webtool.auth.JWTService: the core's, that knows whether its store answers at once.
class Service : public auth::JWTService {
 public:
  Service(std::unique_ptr<auth::SessionStore> store, auth::JWTServiceOptions options,
          ServiceTraits given_traits, Poll given_poll)
      : JWTService(std::move(store), std::move(options)),
        traits(std::move(given_traits)),
        poll(given_poll) {}
  const ServiceTraits traits;
  const Poll poll;
};

/// webtool.auth.RedisJWTService.
class RedisService final : public Service {
 public:
  using Service::Service;
};

/// What checks access tokens for `object`, a service; `object` must outlive it. If its class has a
/// validate_access_token written in Python, that is asked.
[[nodiscard]] std::shared_ptr<auth::AccessTokens> to_access_tokens(nb::handle object);

}  // namespace webtool::python
