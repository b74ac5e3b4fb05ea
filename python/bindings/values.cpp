#include "values.hpp"

#include <cmath>

namespace webtool::python {
namespace {

std::string text_of(nb::handle object) {
  Py_ssize_t size = 0;
  const char* const text = PyUnicode_AsUTF8AndSize(object.ptr(), &size);
  if (text == nullptr) throw nb::python_error();
  return {text, static_cast<std::size_t>(size)};
}

[[noreturn]] void refuse(const char* what, const char* expected, nb::handle object) {
  PyErr_Format(PyExc_TypeError, "%s must be %s, not %.100s", what, expected,
               Py_TYPE(object.ptr())->tp_name);
  throw nb::python_error();
}

// The limit of about 300 years exceeds all useful times, and fits 64 bits of microseconds.
double checked(double seconds, const char* what) {
  if (!(std::abs(seconds) < 9e9)) {
    PyErr_Format(PyExc_ValueError, "%s is out of range", what);
    throw nb::python_error();
  }
  return seconds;
}

std::optional<double> to_number(nb::handle object) {
  if (PyBool_Check(object.ptr()) || (!PyFloat_Check(object.ptr()) && !PyLong_Check(object.ptr())))
    return std::nullopt;
  const double number = PyFloat_AsDouble(object.ptr());
  if (number == -1.0 && PyErr_Occurred() != nullptr) throw nb::python_error();
  return number;
}

std::chrono::microseconds from_seconds(double seconds) {
  return std::chrono::microseconds(std::llroundl(seconds * 1e6L));
}

}  // namespace

std::string to_bytes(nb::handle object, const char* what) {
  PyObject* const raw = object.ptr();
  if (PyUnicode_Check(raw)) return text_of(object);
  if (PyBytes_Check(raw))
    return {PyBytes_AS_STRING(raw), static_cast<std::size_t>(PyBytes_GET_SIZE(raw))};
  if (!PyObject_CheckBuffer(raw)) refuse(what, "str or bytes", object);
  Py_buffer view;
  if (PyObject_GetBuffer(raw, &view, PyBUF_SIMPLE) < 0) throw nb::python_error();
  std::string bytes(static_cast<const char*>(view.buf), static_cast<std::size_t>(view.len));
  PyBuffer_Release(&view);
  return bytes;
}

std::string to_value(nb::handle object) {
  if (to_number(object)) return text_of(nb::str(object));
  return to_bytes(object, "value");
}

std::string to_text(nb::handle object, const char* what) {
  if (!PyUnicode_Check(object.ptr())) refuse(what, "str", object);
  return text_of(object);
}

std::chrono::microseconds to_duration(nb::handle object, const char* what) {
  if (const auto number = to_number(object)) return from_seconds(checked(*number, what));
  if (!nb::hasattr(object, "total_seconds"))
    refuse(what, "a number of seconds or a timedelta", object);
  return from_seconds(checked(nb::cast<double>(object.attr("total_seconds")()), what));
}

std::chrono::seconds to_seconds(nb::handle object, const char* what) {
  const auto exact = to_duration(object, what);
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(exact);
  if (whole != exact) {
    PyErr_Format(PyExc_ValueError, "%s must be whole seconds", what);
    throw nb::python_error();
  }
  return whole;
}

nb::object from_duration(std::chrono::microseconds time) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
  if (whole == time) return nb::int_(whole.count());
  return nb::float_(static_cast<double>(time.count()) / 1e6);
}

Timestamp to_timestamp(nb::handle object, const char* what) {
  if (const auto number = to_number(object)) return Timestamp(from_seconds(checked(*number, what)));
  if (!nb::hasattr(object, "timestamp"))
    refuse(what, "a number of seconds since 1970 or a datetime", object);
  return Timestamp(from_seconds(checked(nb::cast<double>(object.attr("timestamp")()), what)));
}

}  // namespace webtool::python
