#include "json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <stdexcept>
#include <string>

#include "values.hpp"

namespace webtool::python {
namespace json = boost::json;
namespace {

constexpr int max_depth = 32;

nb::object from_value(const json::value& value);

nb::object from_array(const json::array& array) {
  auto list = nb::steal<nb::list>(PyList_New(static_cast<Py_ssize_t>(array.size())));
  if (!list.is_valid()) throw nb::python_error();
  Py_ssize_t at = 0;
  for (const auto& item : array)
    PyList_SET_ITEM(list.ptr(), at++, from_value(item).release().ptr());
  return list;
}

nb::object from_value(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return nb::none();
    case json::kind::bool_:
      return nb::bool_(value.get_bool());
    case json::kind::int64:
      return nb::int_(value.get_int64());
    case json::kind::uint64:
      return nb::int_(value.get_uint64());
    case json::kind::double_:
      return nb::float_(value.get_double());
    case json::kind::string:
      return from_text(value.get_string());
    case json::kind::array:
      return from_array(value.get_array());
    case json::kind::object:
      return from_json(value.get_object());
  }
  return nb::none();
}

class Reader {
 public:
  explicit Reader(const char* what) : what_(what) {}

  json::object object(nb::handle dict, int depth) const {
    if (!PyDict_Check(dict.ptr())) refuse("must be a dict");
    if (depth > max_depth) refuse("nests too deeply");
    json::object out;
    PyObject* key = nullptr;
    PyObject* item = nullptr;
    Py_ssize_t at = 0;
    while (PyDict_Next(dict.ptr(), &at, &key, &item) != 0) {
      if (!PyUnicode_Check(key)) refuse("has a key that is not a str");
      out.insert_or_assign(to_text(key, what_), value(item, depth + 1));
    }
    return out;
  }

  json::value value(nb::handle item, int depth) const {
    PyObject* const raw = item.ptr();
    if (item.is_none()) return nullptr;
    if (PyBool_Check(raw)) return raw == Py_True;
    if (PyLong_Check(raw)) return integer(raw);
    if (PyFloat_Check(raw)) return PyFloat_AS_DOUBLE(raw);
    if (PyUnicode_Check(raw)) return json::string(to_text(item, what_));
    if (PyDict_Check(raw)) return object(item, depth);
    if (PyList_Check(raw) || PyTuple_Check(raw)) return array(item, depth);
    refuse("has a value that JSON cannot represent");
  }

 private:
  json::value integer(PyObject* raw) const {
    int overflow = 0;
    const long long small = PyLong_AsLongLongAndOverflow(raw, &overflow);
    if (overflow == 0) return small;
    const unsigned long long large = overflow > 0 ? PyLong_AsUnsignedLongLong(raw) : 0;
    if (overflow < 0 || PyErr_Occurred() != nullptr) {
      PyErr_Clear();
      refuse("has an integer of more than 64 bits");
    }
    return large;
  }

  json::array array(nb::handle sequence, int depth) const {
    if (depth > max_depth) refuse("nests too deeply");
    json::array out;
    for (const nb::handle item : sequence) out.push_back(value(item, depth + 1));
    return out;
  }

  [[noreturn]] void refuse(const char* why) const {
    throw std::invalid_argument(std::string(what_) + " " + why);
  }

  const char* what_;
};

}  // namespace

nb::object from_json(const json::object& object) {
  nb::dict dict;
  for (const auto& [key, value] : object) dict[from_text(key)] = from_value(value);
  return dict;
}

nb::object from_json(const json::value& value) {
  return from_value(value);
}

json::value to_json_value(nb::handle value, const char* what) {
  return Reader(what).value(value, 0);
}

json::object to_json_object(nb::handle dict, const char* what) {
  return Reader(what).object(dict, 0);
}

}  // namespace webtool::python
