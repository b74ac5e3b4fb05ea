// JSON values to Python objects and back.
#pragma once

#include <nanobind/nanobind.h>

#include <boost/json/object.hpp>

namespace webtool::python {
namespace nb = nanobind;

[[nodiscard]] nb::object from_json(const boost::json::object& object);

/// A dict with str keys and what JSON has a name for. Throws std::invalid_argument, naming `what`.
[[nodiscard]] boost::json::object to_json_object(nb::handle dict, const char* what);

}  // namespace webtool::python
