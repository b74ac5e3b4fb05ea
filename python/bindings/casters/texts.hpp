// Texts and bytes. A std::string is a str; the types here accept more.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <string>
#include <utility>
#include <vector>

#include "casters/caster.hpp"
#include "values.hpp"

namespace webtool::python {

/// A str (as UTF-8), bytes, or any other buffer.
struct Bytes {
  Bytes() = default;
  explicit Bytes(std::string given) : text(std::move(given)) {}
  std::string text{};
};

/// Bytes or a number. A number becomes its decimal text, as in Redis.
struct Value {
  std::string text{};
};

/// A token, a jti or a subject. Text with an unpaired surrogate cannot name anything, so it becomes
/// the empty text.
struct Name {
  std::string text{};
};

}  // namespace webtool::python

namespace nanobind::detail {

template <>
struct type_caster<webtool::python::Bytes> {
  NB_TYPE_CASTER(webtool::python::Bytes, io_name("str | bytes", "bytes"))

  bool from_python(handle source, std::uint32_t, cleanup_list*) noexcept {
    return webtool::python::is_read([&] {
      value.text = webtool::python::to_bytes(source, "");
      return true;
    });
  }
  static handle from_cpp(const Value& given, rv_policy, cleanup_list*) noexcept {
    return PyBytes_FromStringAndSize(given.text.data(), static_cast<Py_ssize_t>(given.text.size()));
  }
};

template <>
struct type_caster<webtool::python::Value> {
  NB_TYPE_CASTER(webtool::python::Value, const_name("str | bytes | int | float"))

  bool from_python(handle source, std::uint32_t, cleanup_list*) noexcept {
    return webtool::python::is_read([&] {
      value.text = webtool::python::to_value(source);
      return true;
    });
  }
};

template <>
struct type_caster<webtool::python::Name> {
  NB_TYPE_CASTER(webtool::python::Name, const_name("str"))

  bool from_python(handle source, std::uint32_t, cleanup_list*) noexcept {
    if (!PyUnicode_Check(source.ptr())) return false;
    value.text.clear();
    (void)webtool::python::is_read([&] {
      value.text = webtool::python::to_text(source, "");
      return true;
    });
    return true;
  }
  static handle from_cpp(const Value& given, rv_policy, cleanup_list*) noexcept {
    return PyUnicode_FromStringAndSize(given.text.data(),
                                       static_cast<Py_ssize_t>(given.text.size()));
  }
};

// Any iterable of str except a str itself, which is a mistake.
template <>
struct type_caster<std::vector<std::string>> {
  NB_TYPE_CASTER(std::vector<std::string>, io_name("collections.abc.Iterable[str]", "list[str]"))

  bool from_python(handle source, std::uint32_t, cleanup_list*) noexcept {
    if (PyUnicode_Check(source.ptr())) return false;
    return webtool::python::is_read([&] {
      value.clear();
      for (const handle item : iter(source)) value.push_back(webtool::python::to_text(item, ""));
      return true;
    });
  }
  static handle from_cpp(const std::vector<std::string>& texts, rv_policy, cleanup_list*) noexcept {
    return webtool::python::made([&] {
      list made;
      for (const auto& text : texts) made.append(webtool::python::from_text(text));
      return made;
    });
  }
};

}  // namespace nanobind::detail
