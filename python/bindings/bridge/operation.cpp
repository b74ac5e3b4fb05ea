#include "bridge/operation.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <memory>
#include <new>
#include <utility>

#include "bridge/loop.hpp"
#include "errors.hpp"

namespace webtool::python {
namespace asio = boost::asio;
namespace {

// The state that an operation shares with the coroutine that carries it out.
struct Run {
  explicit Run(Loop& on) : loop(&on) { ++loop->under_way; }

  Loop* loop;  // null after the operation is over
  asio::cancellation_signal cancellation;
  nb::object future;  // the task waits for it; this may be the only reference
  nb::object value;
  std::exception_ptr error;

  [[nodiscard]] bool over() const { return loop == nullptr; }

  void end() noexcept {
    if (!over()) --std::exchange(loop, nullptr)->under_way;
  }

  void complete(std::exception_ptr failure, nb::object result) noexcept {
    end();
    error = std::move(failure);
    value = std::move(result);
    const auto waiting = std::exchange(future, {});
    if (!waiting.is_valid()) return;
    try {
      if (!nb::cast<bool>(waiting.attr("done")())) waiting.attr("set_result")(nb::none());
    } catch (nb::python_error& failed) {
      failed.discard_as_unraisable("webtool: waking a task");
    }
  }

  // The task no longer waits, so nothing will read the outcome.
  void cancel() {
    if (over()) return;
    future = {};
    cancellation.emit(asio::cancellation_type::all);
  }
};

// Called with the outcome, or destroyed with the io_context.
class Completion {
 public:
  Completion(std::shared_ptr<Run> run, nb::object owner)
      : run_(std::move(run)), owner_(std::move(owner)) {}
  Completion(Completion&&) noexcept = default;
  Completion(const Completion&) = delete;
  ~Completion() {
    if (!run_) return;
    run_->end();
    run_->future = {};
  }

  void operator()(std::exception_ptr error, nb::object value) {
    std::exchange(run_, nullptr)->complete(std::move(error), std::move(value));
  }

 private:
  std::shared_ptr<Run> run_;
  nb::object owner_;
};

enum class State { created, waiting, over };

struct Operation {
  PyObject_HEAD State state;
  Poll poll;
  const char* name;
  nb::object owner;
  awaitable<nb::object> coroutine;
  std::shared_ptr<Run> run;
};

// The iterator that `await` needs. The operation itself must not be an iterator: without `await` it
// would look like an empty sequence.
struct Awaiter {
  PyObject_HEAD PyObject* operation;
};

PyTypeObject* type;
PyTypeObject* awaiter_type;

Operation& self_of(PyObject* object) {
  return *reinterpret_cast<Operation*>(object);
}

PyObject*& operation_of(PyObject* awaiter) {
  return reinterpret_cast<Awaiter*>(awaiter)->operation;
}

PyObject* future_type() {
  static PyObject* const cached = nb::module_::import_("asyncio").attr("Future").inc_ref().ptr();
  return cached;
}

// Returns the outcome to the awaiting task.
PySendResult finish(Operation& self, PyObject** result) {
  self.state = State::over;
  const auto run = std::exchange(self.run, nullptr);
  if (run->error) {
    set_python_error(run->error);
    *result = nullptr;
    return PYGEN_ERROR;
  }
  // There is no value if the operation ended with its loop.
  *result = run->value.is_valid() ? run->value.release().ptr() : Py_NewRef(Py_None);
  return PYGEN_RETURN;
}

void start(Operation& self) {
  Loop& loop = Loop::current();
  const bool alone = loop.under_way == 0;
  self.run = std::make_shared<Run>(loop);
  self.state = State::waiting;
  asio::co_spawn(loop.executor(), std::move(self.coroutine),
                 asio::bind_cancellation_slot(self.run->cancellation.slot(),
                                              Completion(self.run, std::move(self.owner))));
  if (self.poll == Poll::now || alone)
    loop.poll();
  else
    loop.poll_soon();
}

PyObject* wait(Operation& self) {
  PyObject* const asyncio_loop = self.run->loop->asyncio().ptr();
  static PyObject* const names = nb::make_tuple("loop").release().ptr();
  PyObject* const arguments[] = {asyncio_loop};
  auto future = nb::steal(PyObject_Vectorcall(future_type(), arguments, 0, names));
  if (!future.is_valid()) throw nb::python_error();
  // As asyncio.Future.__await__ does: a task waits only for a future with this attribute.
  future.attr("_asyncio_future_blocking") = true;
  self.run->future = future;
  return future.release().ptr();
}

// Ends the operation without an outcome.
void abandon(Operation& self) {
  self.state = State::over;
  self.coroutine = {};
  self.owner = {};
  if (const auto run = std::exchange(self.run, nullptr)) run->cancel();
}

PySendResult send(PyObject* object, PyObject*, PyObject** result) {
  auto& self = self_of(object);
  *result = nullptr;
  try {
    if (self.state == State::created) {
      start(self);
      if (self.run->over()) return finish(self, result);
      *result = wait(self);
      return PYGEN_NEXT;
    }
    if (self.state == State::waiting) {
      if (self.run->over()) return finish(self, result);
      PyErr_SetString(PyExc_RuntimeError, "await wasn't used with future");
      return PYGEN_ERROR;
    }
    PyErr_SetString(PyExc_RuntimeError, "cannot reuse already awaited coroutine");
  } catch (...) {
    abandon(self);
    set_python_error(std::current_exception());
  }
  return PYGEN_ERROR;
}

PyObject* send_method(PyObject* object, PyObject*) {
  PyObject* result = nullptr;
  if (send(object, Py_None, &result) != PYGEN_RETURN) return result;
  // Raises an instance: with the class, a tuple would become several arguments, and an exception
  // would be raised in place of StopIteration.
  const auto value = nb::steal(result);
  const auto stop = nb::steal(PyObject_CallOneArg(PyExc_StopIteration, value.ptr()));
  if (stop.is_valid()) PyErr_SetObject(PyExc_StopIteration, stop.ptr());
  return nullptr;
}

// throw(exception), or the form before Python 3.12: throw(type, value, traceback).
PyObject* throw_method(PyObject* object, PyObject* const* arguments, Py_ssize_t count) {
  if (count < 1 || count > 3) {
    PyErr_SetString(PyExc_TypeError, "throw() takes one to three arguments");
    return nullptr;
  }
  auto& self = self_of(object);
  Loop* const loop = self.run ? self.run->loop : nullptr;
  abandon(self);
  // The operation ends asynchronously, and needs a poll to do so.
  if (loop != nullptr) {
    try {
      loop->poll_soon();
    } catch (nb::python_error& error) {
      error.discard_as_unraisable("webtool: cancelling");
    }
  }
  if (PyExceptionInstance_Check(arguments[0])) {
    PyErr_SetObject(PyExceptionInstance_Class(arguments[0]), arguments[0]);
  } else if (PyExceptionClass_Check(arguments[0])) {
    PyErr_SetObject(arguments[0], count > 1 ? arguments[1] : nullptr);
  } else {
    PyErr_SetString(PyExc_TypeError, "exceptions must derive from BaseException");
  }
  return nullptr;
}

PyObject* close_method(PyObject* object, PyObject*) {
  abandon(self_of(object));
  Py_RETURN_NONE;
}

PyObject* await(PyObject* object) {
  auto* const awaiter = PyObject_GC_New(Awaiter, awaiter_type);
  if (awaiter == nullptr) return nullptr;
  awaiter->operation = Py_NewRef(object);
  PyObject_GC_Track(reinterpret_cast<PyObject*>(awaiter));
  return reinterpret_cast<PyObject*>(awaiter);
}

// Since Python 3.12 the repr of a task asks whether the task has a coroutine: `if task._coro:`.
bool asked_by_asyncio() {
  PyObject* const globals = PyEval_GetGlobals();
  PyObject* const module = globals ? PyDict_GetItemString(globals, "__name__") : nullptr;
  return module && PyUnicode_CompareWithASCIIString(module, "asyncio.base_tasks") == 0;
}

// Without this error, `if service.validate_access_token(token):` without `await` would always be
// true.
int truth(PyObject* object) {
  if (asked_by_asyncio()) return 1;
  PyErr_Format(PyExc_TypeError, "'%s' has no truth value: await it first", self_of(object).name);
  return -1;
}

PyObject* name_getter(PyObject* object, void*) {
  return PyUnicode_FromString(self_of(object).name);
}

PyObject* represent(PyObject* object) {
  return PyUnicode_FromFormat("<webtool operation %s at %p>", self_of(object).name, object);
}

void warn_unawaited(Operation& self) {
  const nb::error_scope keep;
  if (PyErr_WarnFormat(PyExc_RuntimeWarning, 1, "coroutine '%s' was never awaited", self.name) < 0)
    PyErr_WriteUnraisable(nullptr);
}

void deallocate(PyObject* object) {
  PyObject_GC_UnTrack(object);
  auto& self = self_of(object);
  if (self.state == State::created) warn_unawaited(self);
  abandon(self);
  self.~Operation();
  PyObject_GC_Del(object);
  Py_DECREF(type);
}

int traverse(PyObject* object, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(object));
  Py_VISIT(self_of(object).owner.ptr());
  return 0;
}

int clear(PyObject* object) {
  self_of(object).owner = {};
  return 0;
}

PyMethodDef methods[] = {
    {"send", send_method, METH_O, "Starts or resumes the operation."},
    {"throw", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(throw_method)), METH_FASTCALL,
     "Cancels the operation and raises the exception."},
    {"close", close_method, METH_NOARGS, "Cancels the operation."},
    {}};

PyGetSetDef attributes[] = {{"__name__", name_getter, nullptr, nullptr, nullptr},
                            {"__qualname__", name_getter, nullptr, nullptr, nullptr},
                            {}};

PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
                       {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
                       {Py_tp_clear, reinterpret_cast<void*>(clear)},
                       {Py_tp_repr, reinterpret_cast<void*>(represent)},
                       {Py_nb_bool, reinterpret_cast<void*>(truth)},
                       {Py_am_await, reinterpret_cast<void*>(await)},
                       {Py_am_send, reinterpret_cast<void*>(send)},
                       {Py_tp_methods, methods},
                       {Py_tp_getset, attributes},
                       {}};

PyType_Spec spec = {"webtool._core.Operation", sizeof(Operation), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                    slots};

// ── the awaiter: it forwards every call to its operation ──

PySendResult awaiter_send(PyObject* object, PyObject* value, PyObject** result) {
  return send(operation_of(object), value, result);
}

PyObject* awaiter_next(PyObject* object) {
  return send_method(operation_of(object), Py_None);
}

PyObject* awaiter_send_method(PyObject* object, PyObject* value) {
  return send_method(operation_of(object), value);
}

PyObject* awaiter_throw(PyObject* object, PyObject* const* arguments, Py_ssize_t count) {
  return throw_method(operation_of(object), arguments, count);
}

PyObject* awaiter_close(PyObject* object, PyObject*) {
  return close_method(operation_of(object), nullptr);
}

void awaiter_deallocate(PyObject* object) {
  PyObject_GC_UnTrack(object);
  Py_XDECREF(operation_of(object));
  PyObject_GC_Del(object);
  Py_DECREF(awaiter_type);
}

int awaiter_traverse(PyObject* object, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(object));
  Py_VISIT(operation_of(object));
  return 0;
}

PyMethodDef awaiter_methods[] = {
    {"send", awaiter_send_method, METH_O, "Starts or resumes the operation."},
    {"throw", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(awaiter_throw)), METH_FASTCALL,
     "Cancels the operation and raises the exception."},
    {"close", awaiter_close, METH_NOARGS, "Cancels the operation."},
    {}};

PyType_Slot awaiter_slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(awaiter_deallocate)},
                               {Py_tp_traverse, reinterpret_cast<void*>(awaiter_traverse)},
                               {Py_tp_iter, reinterpret_cast<void*>(PyObject_SelfIter)},
                               {Py_tp_iternext, reinterpret_cast<void*>(awaiter_next)},
                               {Py_am_send, reinterpret_cast<void*>(awaiter_send)},
                               {Py_tp_methods, awaiter_methods},
                               {}};

PyType_Spec awaiter_spec = {
    "webtool._core.OperationAwaiter", sizeof(Awaiter), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, awaiter_slots};

PyTypeObject* made(PyType_Spec& of) {
  auto* const made = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&of));
  if (made == nullptr) throw nb::python_error();
  return made;
}

}  // namespace

nb::object make_operation(const char* name, nb::handle owner, Poll poll,
                          awaitable<nb::object> coroutine) {
  Operation* const self = PyObject_GC_New(Operation, type);
  if (self == nullptr) throw nb::python_error();
  self->state = State::created;
  self->poll = poll;
  self->name = name;
  new (&self->owner) nb::object(nb::borrow(owner));
  new (&self->coroutine) awaitable<nb::object>(std::move(coroutine));
  new (&self->run) std::shared_ptr<Run>();
  PyObject_GC_Track(reinterpret_cast<PyObject*>(self));
  return nb::steal(reinterpret_cast<PyObject*>(self));
}

std::optional<awaitable<nb::object>> take_coroutine(nb::handle object) {
  if (Py_TYPE(object.ptr()) != type) return std::nullopt;
  auto& self = self_of(object.ptr());
  if (self.state != State::created) return std::nullopt;
  self.state = State::over;
  return std::move(self.coroutine);
}

void bind_operation(nb::module_& module) {
  type = made(spec);
  awaiter_type = made(awaiter_spec);
  module.attr("Operation") = nb::handle(reinterpret_cast<PyObject*>(type));
}

}  // namespace webtool::python
