// Reads keys from Python: a PEM or secret as str or bytes, a loaded Key, or a list of these.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <string>

#include <webtool/jose/key_ring.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// Throws jose::InvalidKey.
[[nodiscard]] jose::KeyRing to_key_ring(nb::handle secret_key);

/// Returns the algorithm of that name, or nothing for none. Throws std::invalid_argument.
[[nodiscard]] std::optional<jose::Algorithm> to_algorithm(const std::optional<std::string>& name);

}  // namespace webtool::python
