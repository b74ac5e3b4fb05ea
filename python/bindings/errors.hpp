// No C++ exception reaches Python unnamed: each becomes one of webtool.exceptions, or the builtin
// that says the same.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>

namespace webtool::python {

/// Makes `error` the current Python error. Needs the GIL.
void set_python_error(const std::exception_ptr& error) noexcept;

/// What a method of a user's class has raised, on its way through the core. A StoreUnavailable is
/// the core's own there, so that rules for a store that fails hold; anything else comes out as it
/// went in.
[[noreturn]] void rethrow_as_core(nanobind::python_error& error);

/// Lets nanobind do the same with what bound functions throw.
void bind_errors();

}  // namespace webtool::python
