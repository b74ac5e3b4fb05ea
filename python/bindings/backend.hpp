// The core's backends, as arguments of the middleware.
#pragma once

#include <nanobind/nanobind.h>

#include <webtool/auth/backend.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// Returns the core's backend in `object`, or a null pointer for None. Throws TypeError for any
/// other object: LimitMiddleware calls backends written in Python itself.
[[nodiscard]] auth::BaseBackend* to_backend(nb::handle object);

}  // namespace webtool::python
