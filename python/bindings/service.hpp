// The core's token services, and token services written in Python.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <utility>

#include <webtool/auth/jwt_service.hpp>

#include "bridge/operation.hpp"
#include "service_options.hpp"

namespace webtool::python {
namespace nb = nanobind;

/// webtool.auth.JWTService: the core's service, with the way to poll its operations.
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

/// Returns what checks the access tokens of `object`, a service; `object` must outlive the result.
/// If a Python class defines or overrides validate_access_token, that method is called.
[[nodiscard]] std::shared_ptr<auth::AccessTokens> to_access_tokens(nb::handle object);

}  // namespace webtool::python
