#include <nanobind/nanobind.h>

#include "bindings.hpp"
#include "bridge/loop.hpp"
#include "bridge/operation.hpp"
#include "errors.hpp"
#include "logging.hpp"
#include "refusals.hpp"

namespace nb = nanobind;

NB_MODULE(_core, module) {
  using namespace webtool::python;
  // Users' objects may live in module scope until Python ends, which is not a leak.
  nb::set_leak_warnings(false);
  bind_errors();
  bind_logging();
  bind_operation(module);
  bind_cache(module);
  bind_keys(module);
  bind_manager(module);
  bind_service(module);
  bind_backends(module);
  bind_limiters(module);
  bind_throttle(module);
  explain_refusals(module);
  // Release Python objects while Python still runs.
  nb::module_::import_("atexit").attr("register")(nb::cpp_function([] {
    Loop::end_all();
    end_logging();
  }));
}
