// What a function of the module says to arguments that none of its signatures fits.
//
// nanobind lists all signatures and the types it was given. Here webtool.refusals is asked for a
// sentence instead that names the argument and the cure. Calls that succeed do not notice.
#pragma once

#include <nanobind/nanobind.h>

namespace webtool::python {
namespace nb = nanobind;

/// Makes all functions, methods and constructors of the module say so. To be called once, after all
/// of them are there.
void explain_refusals(nb::module_& module);

}  // namespace webtool::python
