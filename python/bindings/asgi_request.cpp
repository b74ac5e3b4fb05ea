#include "asgi_request.hpp"

#include "asgi_fields.hpp"

namespace webtool::python {
namespace {

// Keys are made once, because every request reads its scope.
struct Keys {
  PyObject* method = PyUnicode_InternFromString("method");
  PyObject* path = PyUnicode_InternFromString("path");
  PyObject* headers = PyUnicode_InternFromString("headers");
  PyObject* client = PyUnicode_InternFromString("client");
  PyObject* scheme = PyUnicode_InternFromString("scheme");
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

// Returns a view into the text, or `otherwise` if `text` is not a str or has unpaired surrogates.
std::string_view view(nb::handle text, std::string_view otherwise) {
  if (!text.is_valid() || !PyUnicode_Check(text.ptr())) return otherwise;
  Py_ssize_t size = 0;
  const char* const bytes = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
  if (bytes == nullptr) {
    PyErr_Clear();
    return otherwise;
  }
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

AsgiRequest::AsgiRequest(nb::object scope) : scope_(std::move(scope)) {
  if (!PyDict_Check(scope_.ptr())) throw nb::type_error("an ASGI scope must be a dict");
  // Hold references: the scope may be changed while a backend waits, or when the task is cancelled.
  method_text_ = nb::borrow(item(scope_, keys().method));
  path_text_ = nb::borrow(item(scope_, keys().path));
  method_ = view(method_text_, "GET");
  path_ = view(path_text_, "/");
  PyObject* const headers = item(scope_, keys().headers);
  if (headers == nullptr) {
    headers_ = nb::tuple();
    return;
  }
  // ASGI allows any iterable, but the headers are read more than once.
  headers_ = nb::steal(PySequence_Tuple(headers));
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

bool AsgiRequest::is_plain() const {
  const auto scheme = view(item(scope_, keys().scheme), "http");
  return scheme == "http" || scheme == "ws";
}

boost::asio::ip::address AsgiRequest::peer() const {
  // A client on a Unix socket has no address, and a test client has a name in place of an address.
  // Both return the unspecified address; see ClientAddress.
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
