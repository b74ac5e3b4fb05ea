// Each C++ exception becomes a Python exception of webtool.exceptions, or the builtin exception
// with the same meaning.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>

namespace webtool::python {

/// Makes `error` the current Python error. Needs the GIL.
void set_python_error(const std::exception_ptr& error) noexcept;

/// Throws an exception that a method of a user's class has raised. StoreUnavailable becomes the
/// core's StoreUnavailable, so that the core applies its rules for a failed store. Any other
/// exception is thrown unchanged.
[[noreturn]] void rethrow_as_core(nanobind::python_error& error);

/// Makes nanobind translate the exceptions of bound functions in the same way.
void bind_errors();

}  // namespace webtool::python
