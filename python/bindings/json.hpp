// Converts JSON values to Python objects, and back.
#pragma once

#include <nanobind/nanobind.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace webtool::python {
namespace nb = nanobind;

[[nodiscard]] nb::object from_json(const boost::json::object& object);
[[nodiscard]] nb::object from_json(const boost::json::value& value);

/// Reads a dict with str keys and values that JSON can represent. Throws std::invalid_argument with
/// the name `what`.
[[nodiscard]] boost::json::object to_json_object(nb::handle dict, const char* what);
/// Like to_json_object, for any value.
[[nodiscard]] boost::json::value to_json_value(nb::handle value, const char* what);

}  // namespace webtool::python
