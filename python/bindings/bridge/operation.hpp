// An awaitable of the core as a Python coroutine. It starts when it is first awaited, and works
// like any coroutine in await, create_task, gather and asyncio.run. It is not iterable and has no
// truth value: if an await is forgotten, using the outcome raises TypeError.
//
// If an operation is complete after the first poll, the await continues without the asyncio loop.
// If not, the task waits for an asyncio future, and cancelling the task cancels the operation.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <type_traits>
#include <utility>

#include <webtool/core/awaitable.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// The Python object of an operation with the result `Result`.
template <class Result>
struct Coroutine {
  nb::object object;
};

/// The time of the first poll of an operation.
enum class Poll {
  now,      ///< at once: the operation is likely to be complete then, because it waits for nothing
  together  ///< with all operations of the same loop iteration; at once if it is the only one
};

/// Returns the Python object. Python shows `name`, which must have static storage. `owner` is kept
/// alive until the operation is over. An exception of `coroutine` becomes a Python exception.
[[nodiscard]] nb::object make_operation(const char* name, nb::handle owner, Poll poll,
                                        awaitable<nb::object> coroutine);

/// Runs `call(arguments...)` and converts its result. The frame of the coroutine owns the
/// arguments.
template <class Result, class Call, class... Arguments>
awaitable<nb::object> converted(Call call, Arguments... arguments) {
  auto asking = call(arguments...);
  if constexpr (std::is_void_v<Result>) {
    co_await std::move(asking);
    co_return nb::none();
  } else {
    auto value = co_await std::move(asking);
    co_return nb::cast(Result(std::move(value)));
  }
}

/// Returns the operation that awaits `call(arguments...)`, where `call` is a function without state
/// that returns an awaitable. Its value is converted to `As`, if given, and then to Python. See
/// make_operation for the other parameters.
template <class As = void, class Call, class... Arguments>
[[nodiscard]] auto operation(const char* name, nb::handle owner, Poll poll, Call call,
                             Arguments... arguments) {
  using Value = typename std::invoke_result_t<Call, Arguments&...>::value_type;
  using Result = std::conditional_t<std::is_void_v<As>, Value, As>;
  return Coroutine<Result>{
      make_operation(name, owner, poll, converted<Result>(call, std::move(arguments)...))};
}

/// Returns the core's awaitable if `object` is an operation that has not been started.
[[nodiscard]] std::optional<awaitable<nb::object>> take_coroutine(nb::handle object);

/// Registers the type. The module calls it once.
void bind_operation(nb::module_& module);

}  // namespace webtool::python

namespace nanobind::detail {

template <class Result>
struct type_caster<webtool::python::Coroutine<Result>> {
  using Value = webtool::python::Coroutine<Result>;
  using Shown = std::conditional_t<std::is_void_v<Result>, void_type, Result>;
  static constexpr auto Name = const_name("collections.abc.Coroutine[typing.Any, typing.Any, ") +
                               make_caster<Shown>::Name + const_name("]");

  static handle from_cpp(Value&& given, rv_policy, cleanup_list*) noexcept {
    return given.object.release();
  }
};

}  // namespace nanobind::detail
