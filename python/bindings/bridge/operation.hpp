// An awaitable of the core as a Python coroutine. It starts when it is first awaited, and works
// like any coroutine in await, create_task, gather and asyncio.run. It is not iterable and has no
// truth value: if an await is forgotten, using the outcome raises TypeError.
//
// If an operation is complete after the first poll, the await continues without the asyncio loop.
// If not, the task waits for an asyncio future, and cancelling the task cancels the operation.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>

#include <webtool/core/awaitable.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// The time of the first poll of an operation.
enum class Poll {
  now,      ///< at once: the operation is likely to be complete then, because it waits for nothing
  together  ///< with all operations of the same loop iteration; at once if it is the only one
};

/// Returns the Python object. Python shows `name`, which must have static storage. `owner` is kept
/// alive until the operation is over. An exception of `coroutine` becomes a Python exception.
[[nodiscard]] nb::object operation(const char* name, nb::handle owner, Poll poll,
                                   awaitable<nb::object> coroutine);

/// Returns the core's awaitable if `object` is an operation that has not been started.
[[nodiscard]] std::optional<awaitable<nb::object>> take_coroutine(nb::handle object);

/// Registers the type. The module calls it once.
void bind_operation(nb::module_& module);

}  // namespace webtool::python
