// What a service is made of: the arguments of its constructor in Python as the core's options.
#pragma once

#include <nanobind/nanobind.h>

#include <chrono>
#include <cstddef>
#include <string>

#include <webtool/auth/jwt_service.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// As they were given.
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

/// What Python reads of a service.
struct ServiceTraits {
  std::string algorithm{};
  std::chrono::microseconds access_token_expire_time{};
  std::chrono::microseconds refresh_token_expire_time{};
};

/// The options, and in `traits` what of them can be read. Throws what names a faulty argument.
[[nodiscard]] auth::JWTServiceOptions to_options(const ServiceArguments& given,
                                                 ServiceTraits& traits);

}  // namespace webtool::python
