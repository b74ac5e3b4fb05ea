// Lets a coroutine of the core await the result of a Python method.
#pragma once

#include <nanobind/nanobind.h>

#include <webtool/core/awaitable.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// Returns the outcome of `given`, or `given` itself if it is not awaitable (from a method that is
/// not async). Python exceptions are thrown as nb::python_error. If the core's coroutine is
/// cancelled, the asyncio task is cancelled too.
[[nodiscard]] awaitable<nb::object> await_python(nb::object given);

}  // namespace webtool::python
