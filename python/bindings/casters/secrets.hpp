// Secrets come from Python as str or bytes. The copies made on the way are wiped.
#pragma once

#include <nanobind/nanobind.h>

#include <utility>
#include <vector>

#include <webtool/core/secret.hpp>

#include "casters/caster.hpp"
#include "values.hpp"

namespace nanobind::detail {

template <>
struct type_caster<webtool::Secret> {
  NB_TYPE_CASTER(webtool::Secret, io_name("str | bytes", "bytes"))

  bool from_python(handle source, std::uint32_t, cleanup_list*) noexcept {
    return webtool::python::is_read([&] {
      auto bytes = webtool::python::to_bytes(source, "");
      value = webtool::Secret(bytes);
      webtool::wipe(bytes);
      return true;
    });
  }
  static handle from_cpp(const Value& secret, rv_policy, cleanup_list*) noexcept {
    const auto bytes = secret.expose();
    return PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size()));
  }
};

// One secret or a list of secrets. An empty list is a mistake.
template <>
struct type_caster<std::vector<webtool::Secret>> {
  NB_TYPE_CASTER(std::vector<webtool::Secret>, const_name("str | bytes | list[str | bytes]"))

  bool from_python(handle source, std::uint32_t flags, cleanup_list* cleanup) noexcept {
    return webtool::python::is_read([&] {
      value.clear();
      const auto add = [&](handle one) {
        make_caster<webtool::Secret> secret;
        if (!secret.from_python(one, flags, cleanup)) return false;
        value.push_back(std::move(secret.value));
        return true;
      };
      if (!PyList_Check(source.ptr()) && !PyTuple_Check(source.ptr())) return add(source);
      for (const handle one : iter(source))
        if (!add(one)) return false;
      return !value.empty();
    });
  }
};

}  // namespace nanobind::detail
