// What the type casters of this folder share. A type caster reads an argument and writes a result.
// It also states the Python type, from which nanobind writes the signature. A caster never throws:
// it returns false for an argument that it cannot read, and webtool.refusals explains the refusal.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>
#include <utility>

#include "errors.hpp"

namespace webtool::python {
namespace nb = nanobind;

/// Returns `read()`. Returns false if `read` throws, without a current Python error.
template <class Read>
[[nodiscard]] bool is_read(Read read) noexcept {
  try {
    return read();
  } catch (nb::python_error&) {
    return false;
  } catch (const std::exception&) {
    return false;
  }
}

/// Returns the object that `make` returns. If `make` throws, sets the current Python error.
template <class Make>
[[nodiscard]] nb::handle made(Make make) noexcept {
  try {
    return make().release();
  } catch (...) {
    set_python_error(std::current_exception());
    return {};
  }
}

}  // namespace webtool::python
