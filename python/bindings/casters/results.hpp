// A result<T> is T or None in Python: the services say why a token is not valid in the log only.
#pragma once

#include <nanobind/nanobind.h>

#include <utility>

#include <webtool/core/result.hpp>

namespace nanobind::detail {

template <class Value_>
struct type_caster<webtool::result<Value_>> {
  using Value = webtool::result<Value_>;
  using Caster = make_caster<Value_>;
  static constexpr auto Name = Caster::Name + const_name(" | None");

  static handle from_cpp(Value&& given, rv_policy policy, cleanup_list* cleanup) noexcept {
    if (given.has_error()) return none().release();
    return Caster::from_cpp(std::move(*given), policy, cleanup);
  }
};

}  // namespace nanobind::detail
