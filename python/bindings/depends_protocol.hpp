// Caches and services are dependencies for FastAPI: Depends(cache) calls the object, and the object
// returns itself. FastAPI reads the signature of the call, which only a Python function has.
#pragma once

#include <nanobind/nanobind.h>

namespace webtool::python {

inline nanobind::object depends_call() {
  return nanobind::module_::import_("webtool.depends_protocol").attr("return_self");
}

}  // namespace webtool::python
