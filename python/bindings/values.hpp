// Arguments as Python people give them: text or bytes, seconds or timedelta.
#pragma once

#include <nanobind/nanobind.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <webtool/core/clock.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// str (as UTF-8), bytes, or anything else that has a buffer. Throws TypeError, naming `what`.
[[nodiscard]] std::string to_bytes(nb::handle object, const char* what);
/// As to_bytes; a number is its decimal text, as in Redis.
[[nodiscard]] std::string to_value(nb::handle object);
/// A str.
[[nodiscard]] std::string to_text(nb::handle object, const char* what);

/// A number of seconds or a timedelta. Throws TypeError or ValueError, naming `what`.
[[nodiscard]] std::chrono::microseconds to_duration(nb::handle object, const char* what);
/// As to_duration, in whole seconds.
[[nodiscard]] std::chrono::seconds to_seconds(nb::handle object, const char* what);
/// A number of seconds since 1970, or a datetime.
[[nodiscard]] Timestamp to_timestamp(nb::handle object, const char* what);

[[nodiscard]] inline nb::object from_bytes(std::string_view bytes) {
  return nb::bytes(bytes.data(), bytes.size());
}
[[nodiscard]] inline nb::object from_text(std::string_view text) {
  return nb::str(text.data(), text.size());
}
/// Seconds: an int where they are whole.
[[nodiscard]] nb::object from_duration(std::chrono::microseconds time);
/// Seconds since 1970.
[[nodiscard]] inline nb::object from_timestamp(Timestamp time) {
  return nb::float_(static_cast<double>(time.time_since_epoch().count()) / 1e6);
}

}  // namespace webtool::python
