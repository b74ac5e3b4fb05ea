// The constructor arguments of a Python service, and the options of the core that they become.
#pragma once

#include <nanobind/nanobind.h>

#include <chrono>
#include <optional>
#include <string>

#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/base_cache.hpp>

#include "casters/typed.hpp"

namespace webtool::python {

/// The options of the core, and the arguments that are not options of the core.
struct ServiceArguments : auth::JWTServiceOptions {
  SecretKey key{nb::str("")};
  std::optional<Typed<ManagerType>> manager{};
  std::optional<std::string> algorithm_name{};
  std::optional<std::chrono::microseconds> session_time{};
};

/// The properties of a service that Python can read.
struct ServiceTraits {
  std::string algorithm{};
  std::chrono::microseconds access_token_expire_time{};
  std::chrono::microseconds refresh_token_expire_time{};
};

/// Returns the options, and fills `traits`. Throws an exception that names the faulty argument.
[[nodiscard]] auth::JWTServiceOptions to_options(ServiceArguments given, ServiceTraits& traits);

}  // namespace webtool::python
