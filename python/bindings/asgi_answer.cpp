#include "asgi_answer.hpp"

#include "asgi_fields.hpp"
#include "values.hpp"

namespace webtool::python {

AsgiAnswer::AsgiAnswer(nb::handle fields)
    : fields_(nb::steal<nb::list>(PySequence_List(fields.ptr()))) {
  if (!fields_.is_valid()) throw nb::python_error();
}

std::optional<std::string> AsgiAnswer::header(std::string_view name) const {
  std::optional<std::string> values;
  for (const nb::handle pair : fields_) {
    const auto field = to_field(pair);
    if (!field || !same_name(field->name, name)) continue;
    if (!values) {
      values.emplace(field->value);
    } else if (!field->value.empty()) {
      values->append(values->empty() ? "" : ", ").append(field->value);
    }
  }
  return values;
}

void AsgiAnswer::set(std::string_view name, std::string_view value) {
  for (Py_ssize_t at = PyList_GET_SIZE(fields_.ptr()); at-- > 0;) {
    const auto field = to_field(PyList_GET_ITEM(fields_.ptr(), at));
    if (field && same_name(field->name, name) &&
        PyList_SetSlice(fields_.ptr(), at, at + 1, nullptr) < 0)
      throw nb::python_error();
  }
  add(name, value);
}

void AsgiAnswer::add(std::string_view name, std::string_view value) {
  fields_.append(nb::make_tuple(from_bytes(name), from_bytes(value)));
}

}  // namespace webtool::python
