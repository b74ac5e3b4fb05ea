// What the module consists of: a function for each part of it.
#pragma once

#include <nanobind/nanobind.h>

namespace webtool::python {
namespace nb = nanobind;

void bind_cache(nb::module_& module);

}  // namespace webtool::python
