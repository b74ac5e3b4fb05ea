// An awaitable of the core as a coroutine of Python: it starts when it is first awaited, and does
// everything a coroutine does, in await, create_task, gather and asyncio.run. It is no iterable and
// has no truth value: a forgotten await is a TypeError where its outcome would be used.
//
// What is complete after the first poll never reaches the asyncio loop: the await just goes on. If
// not, the task waits for an asyncio future like any other, and cancelling the task cancels the
// operation.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>

#include <webtool/core/awaitable.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// When an operation is polled first.
enum class Poll {
  now,      ///< it is likely to be complete then: it waits for nobody
  together  ///< with what others submit in the same turn of the loop, unless it is the only one
};

/// The Python object. `name` (of static storage) is what Python shows of it; `owner` lives until
/// the operation is over. What `coroutine` throws becomes a Python exception.
[[nodiscard]] nb::object operation(const char* name, nb::handle owner, Poll poll,
                                   awaitable<nb::object> coroutine);

/// The core's awaitable back, if `object` is an operation that has not been started.
[[nodiscard]] std::optional<awaitable<nb::object>> take_coroutine(nb::handle object);

/// Makes the type known. To be called once, by the module.
void bind_operation(nb::module_& module);

}  // namespace webtool::python
