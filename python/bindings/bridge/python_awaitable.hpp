// The other way round: a coroutine of the core awaits what a Python method has given.
#pragma once

#include <nanobind/nanobind.h>

#include <webtool/core/awaitable.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// What `given` becomes: itself if it is no awaitable, for methods that are not async. What it
/// raises is thrown as nb::python_error; if the core's coroutine is cancelled, so is its task.
[[nodiscard]] awaitable<nb::object> await_python(nb::object given);

}  // namespace webtool::python
