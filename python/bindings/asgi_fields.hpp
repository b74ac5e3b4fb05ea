// Header fields of ASGI requests and answers: pairs of bytes, with names in any letter case.
#pragma once

#include <nanobind/nanobind.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace webtool::python {
namespace nb = nanobind;

struct AsgiField {
  std::string_view name;
  std::string_view value;
};

/// Returns views into the bytes of the pair, or nothing if `pair` is not a pair of bytes.
[[nodiscard]] inline std::optional<AsgiField> to_field(nb::handle pair) {
  PyObject* const raw = pair.ptr();
  if ((!PyTuple_Check(raw) && !PyList_Check(raw)) || PySequence_Fast_GET_SIZE(raw) != 2)
    return std::nullopt;
  PyObject* const name = PySequence_Fast_GET_ITEM(raw, 0);
  PyObject* const value = PySequence_Fast_GET_ITEM(raw, 1);
  if (!PyBytes_Check(name) || !PyBytes_Check(value)) return std::nullopt;
  const auto view = [](PyObject* bytes) {
    return std::string_view(PyBytes_AS_STRING(bytes),
                            static_cast<std::size_t>(PyBytes_GET_SIZE(bytes)));
  };
  return AsgiField{view(name), view(value)};
}

[[nodiscard]] inline bool same_name(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(),
                    [lower](char l, char r) { return lower(l) == lower(r); });
}

}  // namespace webtool::python
