// Converts the core's AuthData to the Python dataclass AuthData, and back.
#pragma once

#include <nanobind/nanobind.h>

#include <webtool/auth/auth_data.hpp>

namespace webtool::python {
namespace nb = nanobind;

[[nodiscard]] nb::object from_auth(const auth::AuthData& auth);
/// Accepts any object that has `identifier` and may have `scope` and `extra`. Throws TypeError.
[[nodiscard]] auth::AuthData to_auth(nb::handle object);

}  // namespace webtool::python
