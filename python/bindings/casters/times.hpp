// Durations are a number of seconds or a timedelta in Python; points in time are a number of
// seconds since 1970 or a datetime. A number that no clock can hold is refused.
#pragma once

#include <nanobind/nanobind.h>

#include <chrono>
#include <type_traits>

#include <webtool/core/clock.hpp>

#include "casters/caster.hpp"
#include "values.hpp"

namespace webtool::python {

/// A duration that Python counts in milliseconds: an int, or a timedelta.
struct Milliseconds {
  std::chrono::milliseconds time{};
};

}  // namespace webtool::python

namespace nanobind::detail {

// Whole seconds are exact, milliseconds are rounded up: a wait must not become shorter.
template <class Period>
struct type_caster<std::chrono::duration<std::int64_t, Period>> {
  using Duration = std::chrono::duration<std::int64_t, Period>;
  static constexpr bool is_whole = std::is_same_v<Duration, std::chrono::seconds>;
  NB_TYPE_CASTER(Duration, const_name<is_whole>(io_name("int | datetime.timedelta", "int"),
                                                io_name("float | datetime.timedelta", "float")))

  bool from_python(handle source, std::uint32_t, cleanup_list*) noexcept {
    return webtool::python::is_read([&] {
      const auto exact = webtool::python::to_duration(source, "");
      value = std::chrono::ceil<Duration>(exact);
      return !is_whole || value == exact;
    });
  }
  static handle from_cpp(Duration time, rv_policy, cleanup_list*) noexcept {
    return webtool::python::made([&] {
      return webtool::python::from_duration(
          std::chrono::duration_cast<std::chrono::microseconds>(time));
    });
  }
};

template <>
struct type_caster<webtool::python::Milliseconds> {
  NB_TYPE_CASTER(webtool::python::Milliseconds, const_name("int | datetime.timedelta"))

  bool from_python(handle source, std::uint32_t, cleanup_list*) noexcept {
    return webtool::python::is_read([&] {
      const bool is_count = PyLong_Check(source.ptr()) && !PyBool_Check(source.ptr());
      if (!is_count && !hasattr(source, "total_seconds")) return false;
      value.time = is_count ? std::chrono::milliseconds(cast<std::int64_t>(source))
                            : std::chrono::ceil<std::chrono::milliseconds>(
                                  webtool::python::to_duration(source, ""));
      return true;
    });
  }
  static handle from_cpp(const Value& given, rv_policy, cleanup_list*) noexcept {
    return PyLong_FromLongLong(given.time.count());
  }
};

template <>
struct type_caster<webtool::Timestamp> {
  NB_TYPE_CASTER(webtool::Timestamp, io_name("float | datetime.datetime", "float"))

  bool from_python(handle source, std::uint32_t, cleanup_list*) noexcept {
    return webtool::python::is_read([&] {
      value = webtool::python::to_timestamp(source, "");
      return true;
    });
  }
  static handle from_cpp(webtool::Timestamp time, rv_policy, cleanup_list*) noexcept {
    return webtool::python::made([&] { return webtool::python::from_timestamp(time); });
  }
};

}  // namespace nanobind::detail
