// Enums of the core are texts in Python, and typing.Literal in signatures. An enum becomes one by a
// specialisation of Literal:
//
//   template <>
//   struct Literal<throttle::Per> {
//     static constexpr auto choices =
//         std::tuple(choice("client", throttle::Per::client),
//                    choice("address", throttle::Per::address));
//   };
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "casters/caster.hpp"
#include "values.hpp"

namespace webtool::python {

template <std::size_t Size, class Enum>
struct Choice {
  nb::detail::descr<Size> text;
  Enum value;
  [[nodiscard]] constexpr std::string_view view() const { return {text.text, Size}; }
};

template <std::size_t Size, class Enum>
constexpr auto choice(const char (&text)[Size], Enum value) {
  return Choice<Size - 1, Enum>{nb::detail::const_name(text), value};
}

template <class Enum>
struct Literal;

template <class Enum>
concept HasLiteral = requires {
  Literal<Enum>::choices;
};

/// Returns `typing.Literal['a', 'b']`.
template <class Enum>
constexpr auto literal_name() {
  using nb::detail::const_name;
  return std::apply(
      [](const auto& first, const auto&... others) {
        return const_name("typing.Literal['") + first.text +
               (const_name("") + ... + (const_name("', '") + others.text)) + const_name("']");
      },
      Literal<Enum>::choices);
}

}  // namespace webtool::python

namespace nanobind::detail {

// The constraint makes this one better than nanobind's own caster of enums.
template <class Enum>
requires webtool::python::HasLiteral<Enum>
struct type_caster<Enum, enable_if_t<std::is_enum_v<Enum>>> {
  NB_TYPE_CASTER(Enum, webtool::python::literal_name<Enum>())

  bool from_python(handle source, std::uint32_t, cleanup_list*) noexcept {
    return webtool::python::is_read([&] {
      const auto text = webtool::python::to_text(source, "");
      bool found = false;
      const auto compare = [&](const auto& choice) {
        if (choice.view() != text) return;
        value = choice.value;
        found = true;
      };
      std::apply([&](const auto&... choices) { (compare(choices), ...); },
                 webtool::python::Literal<Enum>::choices);
      return found;
    });
  }
  static handle from_cpp(Enum given, rv_policy, cleanup_list*) noexcept {
    return webtool::python::made([&] {
      object text;
      const auto compare = [&](const auto& choice) {
        if (choice.value == given) text = webtool::python::from_text(choice.view());
      };
      std::apply([&](const auto&... choices) { (compare(choices), ...); },
                 webtool::python::Literal<Enum>::choices);
      return text;
    });
  }
};

}  // namespace nanobind::detail
