// The values of bound parameters and of columns: integers, reals, texts, JSON, and null.
#pragma once

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace webtool::db {

/// A value that is sent to or read from the database. JSON is sent as text, a bool as an integer.
using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string>;

/// The type as which a column is read.
enum class Kind { integer, real, text };

/// Converts a C++ type to and from a Value. Specialise it for your own types. `to` converts to a
/// Value. `from` converts from a value of the type `Stored`, and may throw DatabaseError with
/// Error::wrong_type. `from` never gets null, which only std::optional can hold.
template <class T, class = void>
struct Column;

/// A named parameter: `{"name", value}` for `:name`.
struct Param {
  template <class T>
  Param(std::string_view name_in, const T& value_in)
      : name(name_in), value(Column<std::decay_t<T>>::to(value_in)) {}

  std::string_view name;
  Value value;
};

[[noreturn]] void throw_wrong_type();
/// Throws DatabaseError with Error::bad_value, because the integer does not fit 64 signed bits.
[[noreturn]] void throw_bad_integer();

template <class T>
struct Column<T, std::enable_if_t<std::is_integral_v<T>>> {
  using Stored = std::int64_t;
  static Value to(T value) {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof(std::int64_t)) {
      if (value > static_cast<T>(INT64_MAX)) throw_bad_integer();
    }
    return static_cast<std::int64_t>(value);
  }
  static T from(std::int64_t stored) {
    const T value = static_cast<T>(stored);
    if (static_cast<std::int64_t>(value) != stored) throw_wrong_type();
    if (std::is_unsigned_v<T> && stored < 0) throw_wrong_type();
    return value;
  }
};

template <>
struct Column<double> {
  using Stored = double;
  static Value to(double value) { return value; }
  static double from(double stored) { return stored; }
};

template <>
struct Column<std::string> {
  using Stored = std::string;
  static Value to(std::string_view value) { return std::string(value); }
  static std::string from(std::string stored) { return stored; }
};
template <>
struct Column<std::string_view> {  // as a parameter only
  static Value to(std::string_view value) { return std::string(value); }
};
template <>
struct Column<const char*> : Column<std::string_view> {};
template <>
struct Column<char*> : Column<std::string_view> {};

template <>
struct Column<std::nullptr_t> {  // as a parameter only
  static Value to(std::nullptr_t) { return nullptr; }
};

/// JSON is sent as text, so that any JSON or text column can hold it.
template <>
struct Column<boost::json::value> {
  using Stored = std::string;
  static Value to(const boost::json::value& value);
  static boost::json::value from(const std::string& stored);
};
template <>
struct Column<boost::json::object> {
  using Stored = std::string;
  static Value to(const boost::json::object& value);
  static boost::json::object from(const std::string& stored);
};

template <class T>
struct Column<std::optional<T>> {
  using Stored = typename Column<T>::Stored;
  static Value to(const std::optional<T>& value) {
    if (!value) return nullptr;
    return Column<T>::to(*value);
  }
};

/// Reads one column. Null is Error::wrong_type unless T is a std::optional.
template <class T>
struct Reader {
  static T read(Value&& value) {
    using Stored = typename Column<T>::Stored;
    auto* stored = std::get_if<Stored>(&value);
    if (stored == nullptr) throw_wrong_type();
    return Column<T>::from(std::move(*stored));
  }
};
template <class T>
struct Reader<std::optional<T>> {
  static std::optional<T> read(Value&& value) {
    if (std::holds_alternative<std::nullptr_t>(value)) return std::nullopt;
    return Reader<T>::read(std::move(value));
  }
};

}  // namespace webtool::db
