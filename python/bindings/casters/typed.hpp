// Python objects that a binding reads itself, because the errors say more than the type, or because
// the object is passed on to Python code. Signatures show the type that `Type` names.
#pragma once

#include <nanobind/nanobind.h>

namespace webtool::python {
namespace nb = nanobind;

/// `Type` has a static constexpr member `name`, the type in Python.
template <class Type>
struct Typed {
  nb::object object{};
};

struct AnyType {
  static constexpr auto name = nb::detail::const_name("typing.Any");
};
struct ScopeType {
  static constexpr auto name =
      nb::detail::const_name("collections.abc.MutableMapping[str, typing.Any]");
};
struct ClaimsType {
  static constexpr auto name = nb::detail::const_name("collections.abc.Mapping[str, typing.Any]");
};
struct KeysType {
  static constexpr auto name = nb::detail::const_name(
      "str | bytes | webtool._core.Key | list[str | bytes | webtool._core.Key]");
};
struct FileOrKeyType {
  static constexpr auto name =
      nb::detail::const_name("str | bytes | os.PathLike[str] | webtool._core.Key");
};
struct FileType {
  static constexpr auto name = nb::detail::const_name("str | os.PathLike[str]");
};
struct ManagerType {
  static constexpr auto name = nb::detail::const_name("webtool.auth.base.BaseJWTManager");
};
struct ServiceType {
  static constexpr auto name = nb::detail::const_name("webtool.auth.base.BaseJWTService");
};
struct BackendType {
  static constexpr auto name = nb::detail::const_name("webtool.auth.base.BaseBackend");
};
struct AnnoBackendType {
  static constexpr auto name = nb::detail::const_name("webtool.auth.base.BaseAnnoBackend");
};

struct JsonObjectType {
  static constexpr auto name = nb::detail::const_name("dict[str, typing.Any]");
};

using AnyObject = Typed<AnyType>;
using JsonObject = Typed<JsonObjectType>;
using AsgiScope = Typed<ScopeType>;
using ClaimsMapping = Typed<ClaimsType>;
using SecretKey = Typed<KeysType>;

}  // namespace webtool::python

namespace nanobind::detail {

template <class Type>
struct type_caster<webtool::python::Typed<Type>> {
  NB_TYPE_CASTER(webtool::python::Typed<Type>, Type::name)

  bool from_python(handle source, std::uint32_t, cleanup_list*) noexcept {
    value.object = borrow(source);
    return true;
  }
  static handle from_cpp(const Value& given, rv_policy, cleanup_list*) noexcept {
    return given.object.inc_ref();
  }
};

}  // namespace nanobind::detail
