// The header of an ASGI answer, with the functions that throttle::apply_headers needs.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <string>
#include <string_view>

namespace webtool::python {
namespace nb = nanobind;

class AsgiAnswer {
 public:
  /// Copies the fields of an `http.response.start`: any iterable of pairs of bytes. Items that are
  /// no such pair stay, so that the server can refuse them. Throws TypeError if not iterable.
  explicit AsgiAnswer(nb::handle fields);

  /// Returns all values of that name, combined into one (RFC 9110 §5.3).
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
  void set(std::string_view name, std::string_view value);
  void add(std::string_view name, std::string_view value);

  /// A list of pairs of bytes.
  [[nodiscard]] const nb::list& fields() const { return fields_; }

 private:
  nb::list fields_;
};

}  // namespace webtool::python
