// One function for each part of the module, in the order of their dependencies.
#pragma once

#include <nanobind/nanobind.h>

namespace webtool::python {
namespace nb = nanobind;

void bind_cache(nb::module_& module);
void bind_keys(nb::module_& module);
void bind_manager(nb::module_& module);
void bind_service(nb::module_& module);
void bind_backends(nb::module_& module);
void bind_limiters(nb::module_& module);
void bind_throttle(nb::module_& module);

}  // namespace webtool::python
