#include "asgi_request.hpp"

#include "asgi_fields.hpp"

namespace webtool::python {
namespace {

// Keys are made once: a scope is looked into with every request.
struct Keys {
  PyObject* method = PyUnicode_InternFromString("method");
  PyObject* path = PyUnicode_InternFromString("path");
  PyObject* headers = PyUnicode_InternFromString("headers");
  PyObject* client = PyUnicode_InternFromString("client");
};

const Keys& keys() {
  static const Keys all;
  return all;
}

PyObject* item(nb::handle scope, PyObject* key) {
  PyObject* const value = PyDict_GetItemWithError(scope.ptr(), key);
  if (value == nullptr && PyErr_Occurred() != nullptr) throw nb::python_error();
  return value;
}

// Views into Python's own objects, which the scope keeps.
std::string_view text_in(nb::handle scope, PyObject* key, std::string_view otherwise) {
  PyObject* const value = item(scope, key);
  if (value == nullptr || !PyUnicode_Check(value)) return otherwise;
  Py_ssize_t size = 0;
  const char* const text = PyUnicode_AsUTF8AndSize(value, &size);
  if (text == nullptr) throw nb::python_error();
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

AsgiRequest::AsgiRequest(nb::object scope) : scope_(std::move(scope)) {
  if (!PyDict_Check(scope_.ptr())) throw nb::type_error("an ASGI scope must be a dict");
  method_ = text_in(scope_, keys().method, "GET");
  path_ = text_in(scope_, keys().path, "/");
  PyObject* const headers = item(scope_, keys().headers);
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
    const auto field = to_field(PySequence_Fast_GET_ITEM(headers_.ptr(), i));
    if (!field || !same_name(field->name, name)) continue;
    if (nth-- == 0) return field->value;
  }
  return std::nullopt;
}

boost::asio::ip::address AsgiRequest::peer() const {
  // A Unix socket has no address, a test client a name: all of them are one and the same client.
  PyObject* const client = item(scope_, keys().client);
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
