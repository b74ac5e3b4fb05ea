// Converts the constructor arguments of a Python service to the core's options.
#pragma once

#include <nanobind/nanobind.h>

#include <chrono>
#include <cstddef>
#include <string>

#include <webtool/auth/jwt_service.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// The arguments as the caller passed them.
struct ServiceArguments {
  nb::handle secret_key;
  nb::handle access_token_expire_time;
  nb::handle refresh_token_expire_time;
  nb::handle jwt_manager;
  nb::handle algorithm;
  nb::handle session_expire_time;
  nb::handle rotation_grace;
  std::size_t max_sessions;
  const std::string& validation;
};

/// The properties of a service that Python can read.
struct ServiceTraits {
  std::string algorithm{};
  std::chrono::microseconds access_token_expire_time{};
  std::chrono::microseconds refresh_token_expire_time{};
};

/// Returns the options, and fills `traits`. Throws an exception that names the faulty argument.
[[nodiscard]] auth::JWTServiceOptions to_options(const ServiceArguments& given,
                                                 ServiceTraits& traits);

}  // namespace webtool::python
