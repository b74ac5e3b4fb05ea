// The anonymous sessions that the middleware is given: the core's, or a class written in Python.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include <webtool/auth/base_anno_backend.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// A null pointer for None. The core's own must outlive what is given. Throws TypeError for what
/// has no read, issue and set_cookie.
[[nodiscard]] std::shared_ptr<const auth::BaseAnnoBackend> to_anno_backend(nb::handle object);

}  // namespace webtool::python
