// The error message of a function whose signatures do not fit the arguments.
//
// nanobind's own message lists all signatures and the given types. webtool.refusals returns one
// sentence instead that names the argument and the correction. Successful calls cost nothing extra.
#pragma once

#include <nanobind/nanobind.h>

namespace webtool::python {
namespace nb = nanobind;

/// Applies this to all functions, methods and constructors of the module. Call it once, after all
/// of them have been bound.
void explain_refusals(nb::module_& module);

}  // namespace webtool::python
