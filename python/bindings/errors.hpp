// No C++ exception reaches Python unnamed: each becomes one of webtool.exceptions, or the builtin
// that says the same.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>

namespace webtool::python {

/// Makes `error` the current Python error. Needs the GIL.
void set_python_error(const std::exception_ptr& error) noexcept;

/// Lets nanobind do the same with what bound functions throw.
void bind_errors();

}  // namespace webtool::python
