#include "refusals.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace webtool::python {
namespace {

// nanobind calls a function through one of a few internal routines. Each routine has a slot here,
// and a wrapper.
constexpr std::size_t most_routines = 12;
std::array<vectorcallfunc, most_routines> routines{};

nb::object sentence(PyObject* function, PyObject* const* arguments, std::size_t flags,
                    PyObject* names) {
  // The upper bits are flags; some of them are nanobind's own.
  const std::size_t count = flags & 0xffff'ffff;
  nb::list given;
  for (std::size_t i = 0; i < count; ++i) given.append(nb::handle(arguments[i]));
  nb::dict named;
  const auto named_count = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
  for (Py_ssize_t i = 0; i < named_count; ++i)
    named[nb::handle(PyTuple_GET_ITEM(names, i))] =
        nb::handle(arguments[count + static_cast<std::size_t>(i)]);
  return nb::module_::import_("webtool.refusals")
      .attr("refusal")(nb::handle(function), given, named);
}

// Replaces the current error by the sentence, if the error is nanobind's refusal.
void explain(PyObject* function, PyObject* const* arguments, std::size_t flags, PyObject* names) {
  if (PyErr_ExceptionMatches(PyExc_TypeError) == 0) return;
  nb::python_error refused;
  try {
    if (std::string_view(refused.what()).find("incompatible function arguments") ==
        std::string_view::npos) {
      refused.restore();
      return;
    }
    const nb::object error = sentence(function, arguments, flags, names);
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
  } catch (nb::python_error& failed) {
    failed.discard_as_unraisable("webtool: explaining a refusal");
    refused.restore();
  } catch (const std::exception&) {
    refused.restore();
  }
}

template <std::size_t Slot>
PyObject* call(PyObject* function, PyObject* const* arguments, std::size_t flags, PyObject* names) {
  PyObject* const result = routines[Slot](function, arguments, flags, names);
  if (result == nullptr) explain(function, arguments, flags, names);
  return result;
}

template <std::size_t... Slots>
constexpr std::array<vectorcallfunc, sizeof...(Slots)> make_around(std::index_sequence<Slots...>) {
  return {call<Slots>...};
}

constexpr auto around = make_around(std::make_index_sequence<most_routines>());

vectorcallfunc around_of(vectorcallfunc routine) {
  auto slot = std::find(routines.begin(), routines.end(), routine);
  if (slot == routines.end()) {
    slot = std::find(routines.begin(), routines.end(), nullptr);
    if (slot == routines.end())
      throw std::logic_error("nanobind uses more call routines than expected");
    *slot = routine;
  }
  return around[static_cast<std::size_t>(slot - routines.begin())];
}

void explain_in(nb::handle names, nb::handle class_signature) {
  for (const nb::handle object : nb::iter(names.attr("values")())) {
    if (PyType_Check(object.ptr()) && nb::type_check(object)) {
      explain_in(object.attr("__dict__"), class_signature);
      nb::setattr(object, "__signature__", class_signature);
    } else if (nb::hasattr(object, "__nb_signature__")) {
      const auto offset = Py_TYPE(object.ptr())->tp_vectorcall_offset;
      auto& routine =
          *reinterpret_cast<vectorcallfunc*>(reinterpret_cast<char*>(object.ptr()) + offset);
      routine = around_of(routine);
    }
  }
}

}  // namespace

void explain_refusals(nb::module_& module) {
  explain_in(module.attr("__dict__"),
             nb::module_::import_("webtool.refusals").attr("ClassSignature")());
}

}  // namespace webtool::python
