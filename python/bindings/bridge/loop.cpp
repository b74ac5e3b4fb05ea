#include "bridge/loop.hpp"

#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace webtool::python {
namespace {

using Loops = std::unordered_map<PyObject*, std::unique_ptr<Loop>>;

Loops& loops() {
  static Loops all;
  return all;
}

// The loop that was used last. Most applications have only one loop.
struct Latest {
  PyObject* asyncio_loop = nullptr;
  Loop* loop = nullptr;
} latest;

void end(PyObject* asyncio_loop) {
  const auto found = loops().find(asyncio_loop);
  if (found == loops().end()) return;
  latest = {};
  // Remove the loop from the map first: destructors of its operations may look up a loop.
  const auto ending = std::move(found->second);
  loops().erase(found);
}

void end_closed() {
  std::vector<PyObject*> closed;
  for (const auto& [asyncio_loop, loop] : loops())
    if (loop->closed()) closed.push_back(asyncio_loop);
  for (PyObject* asyncio_loop : closed) end(asyncio_loop);
}

}  // namespace

Loop& Loop::current() {
  static PyObject* get_running_loop =
      nb::module_::import_("asyncio").attr("get_running_loop").inc_ref().ptr();
  const auto running = nb::steal(PyObject_CallNoArgs(get_running_loop));
  if (!running.is_valid()) throw nb::python_error();
  if (latest.asyncio_loop == running.ptr()) return *latest.loop;

  auto found = loops().find(running.ptr());
  if (found == loops().end()) {
    end_closed();
    found = loops().emplace(running.ptr(), std::make_unique<Loop>(running)).first;
  }
  latest = {running.ptr(), found->second.get()};
  return *latest.loop;
}

void Loop::end_all() noexcept {
  while (!loops().empty()) end(loops().begin()->first);
}

Loop::Loop(nb::handle asyncio_loop)
    : asyncio_(asyncio_loop),
      death_(nb::weakref(
          asyncio_loop, nb::cpp_function([asyncio_loop](nb::handle) { end(asyncio_loop.ptr()); }))),
      poll_(nb::cpp_function([this] { poll(); })) {
  asyncio_.attr("add_reader")(epoll_.descriptor(), poll_);
}

Loop::~Loop() {
  for (Guest* const guest : std::exchange(guests_, {})) guest->drop();
  // A loop that continues must not watch the descriptor: the number may be reused for another file.
  if (death_.is_valid() && !death_().is_none() && !closed()) {
    try {
      asyncio_.attr("remove_reader")(epoll_.descriptor());
    } catch (nb::python_error& error) {
      error.discard_as_unraisable("webtool: the end of a loop");
    }
  }
}

void Loop::poll() noexcept {
  poll_due_ = false;
  try {
    context_.poll();
    epoll_.wait();
  } catch (nb::python_error& error) {
    error.discard_as_unraisable("webtool: polling");
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
    PyErr_WriteUnraisable(poll_.ptr());
  }
}

void Loop::poll_soon() {
  if (std::exchange(poll_due_, true)) return;
  asyncio_.attr("call_soon")(poll_);
}

bool Loop::closed() const {
  return nb::cast<bool>(asyncio_.attr("is_closed")());
}

}  // namespace webtool::python
