// Option structs of the core as the arguments of a Python constructor, one line for each option:
//
//   def_init<LimitRule>(
//       type, [](LimitRule rule) { return throttle::limiter(std::move(rule)); },
//       required("max_requests", &LimitRule::max_requests),
//       none_for_default("throttle_key", &LimitRule::throttle_key), nb::kw_only(),
//       option("cost", &LimitRule::cost));
//
// The type and the default come from the struct, and nanobind writes the signature.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>

#include <optional>
#include <tuple>
#include <utility>

namespace webtool::python {
namespace nb = nanobind;

/// The arguments of a field; `Given` is the type that nanobind reads.
template <class Options, class Value, class Given>
struct Field {
  using Argument = Given;
  const char* name;
  Value Options::*member;

  void set(Options& options, Value&& given) const { options.*member = std::move(given); }
  void set(Options& options, std::optional<Value>&& given) const {
    if (given) options.*member = *std::move(given);
  }
};

template <class Options, class Value>
struct Required : Field<Options, Value, Value> {
  [[nodiscard]] auto annotation() const { return nb::arg(this->name); }
};

template <class Options, class Value>
struct Option : Field<Options, Value, Value> {
  [[nodiscard]] auto annotation() const { return nb::arg(this->name) = Options{}.*(this->member); }
};

template <class Options, class Value>
struct NoneForDefault : Field<Options, Value, std::optional<Value>> {
  [[nodiscard]] auto annotation() const { return nb::arg(this->name) = nb::none(); }
};

/// An argument that must be given.
template <class Options, class Value>
Required<Options, Value> required(const char* name, Value Options::*member) {
  return {{name, member}};
}
/// An argument whose default is the default of the struct.
template <class Options, class Value>
Option<Options, Value> option(const char* name, Value Options::*member) {
  return {{name, member}};
}
/// As `option`, but the signature shows the default as None.
template <class Options, class Value>
NoneForDefault<Options, Value> none_for_default(const char* name, Value Options::*member) {
  return {{name, member}};
}

template <class Extra>
concept IsField = requires {
  typename Extra::Argument;
};

/// Defines the constructor that makes the object from `make(Options)`. `extra` is the fields, in
/// the order of the arguments, and annotations of nanobind, such as nb::kw_only() or a docstring.
template <class Options, class Type, class... Bases, class Make, class... Extra>
void def_init(nb::class_<Type, Bases...>& type, Make make, const Extra&... extra) {
  const auto field_of = []<class One>(const One& one) {
    if constexpr (IsField<One>)
      return std::tuple(one);
    else
      return std::tuple<>();
  };
  const auto annotation_of = []<class One>(const One& one) -> decltype(auto) {
    if constexpr (IsField<One>)
      return one.annotation();
    else
      return (one);
  };
  std::apply(
      [&](auto... field) {
        type.def(
            "__init__",
            [make, field...](Type* self, typename decltype(field)::Argument... given) {
              Options options;
              (field.set(options, std::move(given)), ...);
              new (self) Type(make(std::move(options)));
            },
            annotation_of(extra)...);
      },
      std::tuple_cat(field_of(extra)...));
}

}  // namespace webtool::python
