// The middleware's backend for anonymous sessions: the core's, or a class written in Python.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include <webtool/auth/base_anno_backend.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// Returns a null pointer for None. If `object` is the core's backend, it must outlive the result.
/// Throws TypeError if `object` has no read, issue, set_cookie or ip_factor, or if a method is
/// async.
[[nodiscard]] std::shared_ptr<const auth::BaseAnnoBackend> to_anno_backend(nb::handle object);

}  // namespace webtool::python
