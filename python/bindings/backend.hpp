// Backends of the core, as the middleware is given them.
#pragma once

#include <nanobind/nanobind.h>

#include <webtool/auth/backend.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// The core's backend that `object` is, or a null pointer for None. Throws TypeError for anything
/// else: LimitMiddleware asks backends written in Python by itself.
[[nodiscard]] auth::BaseBackend* to_backend(nb::handle object);

}  // namespace webtool::python
