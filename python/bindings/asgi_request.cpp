#include "asgi_request.hpp"

#include <algorithm>

namespace webtool::python {
namespace {

// Views into Python's own objects, which the scope keeps.
std::string_view text_in(nb::handle scope, const char* key, std::string_view otherwise) {
  PyObject* const value = PyDict_GetItemString(scope.ptr(), key);
  if (value == nullptr || !PyUnicode_Check(value)) return otherwise;
  Py_ssize_t size = 0;
  const char* const text = PyUnicode_AsUTF8AndSize(value, &size);
  if (text == nullptr) throw nb::python_error();
  return {text, static_cast<std::size_t>(size)};
}

std::string_view view(PyObject* bytes) {
  return {PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))};
}

bool is_field(PyObject* field) {
  return PySequence_Fast_GET_SIZE(field) == 2 &&
         PyBytes_Check(PySequence_Fast_GET_ITEM(field, 0)) &&
         PyBytes_Check(PySequence_Fast_GET_ITEM(field, 1));
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool same_name(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(),
                    [](char l, char r) { return lower(l) == lower(r); });
}

}  // namespace

AsgiRequest::AsgiRequest(nb::object scope) : scope_(std::move(scope)) {
  if (!PyDict_Check(scope_.ptr())) throw nb::type_error("an ASGI scope must be a dict");
  method_ = text_in(scope_, "method", "GET");
  path_ = text_in(scope_, "path", "/");
  PyObject* const headers = PyDict_GetItemString(scope_.ptr(), "headers");
  if (headers == nullptr) {
    headers_ = nb::tuple();
    return;
  }
  // ASGI allows any iterable; it is looked at more than once.
  headers_ = nb::steal(PySequence_Fast(headers, "headers of an ASGI scope must be iterable"));
  if (!headers_.is_valid()) throw nb::python_error();
}

std::optional<std::string_view> AsgiRequest::header(std::string_view name, std::size_t nth) const {
  const auto count = PySequence_Fast_GET_SIZE(headers_.ptr());
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* const field = PySequence_Fast_GET_ITEM(headers_.ptr(), i);
    if ((!PyTuple_Check(field) && !PyList_Check(field)) || !is_field(field)) continue;
    if (!same_name(view(PySequence_Fast_GET_ITEM(field, 0)), name)) continue;
    if (nth-- == 0) return view(PySequence_Fast_GET_ITEM(field, 1));
  }
  return std::nullopt;
}

boost::asio::ip::address AsgiRequest::peer() const {
  // A Unix socket has no address, a test client a name: all of them are one and the same client.
  PyObject* const client = PyDict_GetItemString(scope_.ptr(), "client");
  if (client == nullptr || (!PyTuple_Check(client) && !PyList_Check(client)) ||
      PySequence_Fast_GET_SIZE(client) < 1)
    return {};
  PyObject* const host = PySequence_Fast_GET_ITEM(client, 0);
  const char* const text = PyUnicode_Check(host) ? PyUnicode_AsUTF8(host) : nullptr;
  if (text == nullptr) {
    PyErr_Clear();
    return {};
  }
  boost::system::error_code error;
  return boost::asio::ip::make_address(text, error);
}

}  // namespace webtool::python
