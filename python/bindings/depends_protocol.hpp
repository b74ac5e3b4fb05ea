// Caches and services can be called, and give themselves: so they are dependencies for FastAPI.
// That looks at the signature, which only a function of Python has.
#pragma once

#include <nanobind/nanobind.h>

namespace webtool::python {

inline nanobind::object itself() {
  return nanobind::module_::import_("webtool.depends_protocol").attr("itself");
}

}  // namespace webtool::python
