// Reads arguments from Python: text or bytes, seconds or timedelta.
#pragma once

#include <nanobind/nanobind.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <webtool/core/clock.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// Reads str (as UTF-8), bytes, or any other buffer. Throws TypeError with the name `what`.
[[nodiscard]] std::string to_bytes(nb::handle object, const char* what);
/// Like to_bytes, but accepts numbers too: a number becomes its decimal text, as in Redis.
[[nodiscard]] std::string to_value(nb::handle object);
/// Reads a str.
[[nodiscard]] std::string to_text(nb::handle object, const char* what);

/// Reads a number of seconds or a timedelta. Throws TypeError or ValueError with the name `what`.
[[nodiscard]] std::chrono::microseconds to_duration(nb::handle object, const char* what);
/// Like to_duration, but accepts only whole seconds.
[[nodiscard]] std::chrono::seconds to_seconds(nb::handle object, const char* what);
/// Reads a number of seconds since 1970, or a datetime.
[[nodiscard]] Timestamp to_timestamp(nb::handle object, const char* what);

[[nodiscard]] inline nb::object from_bytes(std::string_view bytes) {
  return nb::bytes(bytes.data(), bytes.size());
}
[[nodiscard]] inline nb::object from_text(std::string_view text) {
  return nb::str(text.data(), text.size());
}
/// Returns seconds, as an int if they are whole.
[[nodiscard]] nb::object from_duration(std::chrono::microseconds time);
/// Returns seconds since 1970.
[[nodiscard]] inline nb::object from_timestamp(Timestamp time) {
  return nb::float_(static_cast<double>(time.time_since_epoch().count()) / 1e6);
}

}  // namespace webtool::python
