#include "errors.hpp"

#include <nanobind/stl/string.h>

#include <boost/asio/error.hpp>

#include <stdexcept>
#include <system_error>

#include <webtool/cache/error.hpp>
#include <webtool/jose/key.hpp>

namespace webtool::python {
namespace nb = nanobind;
namespace {

// Python's own class of that name.
nb::object exception(const char* name) {
  return nb::module_::import_("webtool.exceptions").attr(name);
}

void set(const char* name, const char* text) {
  PyErr_SetString(exception(name).ptr(), text);
}

void set_store_unavailable(const cache::StoreUnavailable& error) {
  const auto type = exception("StoreUnavailable");
  PyErr_SetObject(type.ptr(), type(error.code().message()).ptr());
}

void translate(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (nb::python_error& raised) {
    raised.restore();
  } catch (const cache::StoreUnavailable& failure) {
    set_store_unavailable(failure);
  } catch (const boost::system::system_error& failure) {
    if (failure.code() == boost::asio::error::operation_aborted)
      PyErr_SetNone(nb::module_::import_("asyncio").attr("CancelledError").ptr());
    else
      set("InternalError", failure.what());
  } catch (const std::system_error& failure) {
    const auto number = failure.code().value();
    PyErr_SetObject(PyExc_OSError, nb::make_tuple(number, failure.what()).ptr());
  } catch (const jose::InvalidKey& misuse) {
    set("InvalidKey", misuse.what());
  } catch (const std::invalid_argument& misuse) {
    set("InvalidArgument", misuse.what());
  } catch (const std::length_error& misuse) {
    set("InvalidArgument", misuse.what());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& failure) {
    set("InternalError", failure.what());
  }
}

}  // namespace

void set_python_error(const std::exception_ptr& error) noexcept {
  try {
    translate(error);
  } catch (nb::python_error& failed) {
    failed.restore();
  } catch (...) {
    PyErr_SetString(PyExc_SystemError, "webtool: an exception of unknown kind");
  }
}

void rethrow_as_core(nb::python_error& error) {
  if (!error.matches(exception("StoreUnavailable"))) throw std::move(error);
  throw cache::StoreUnavailable(make_error_code(boost::system::errc::not_connected), error.what());
}

void bind_errors() {
  nb::register_exception_translator(
      [](const std::exception_ptr& error, void*) { translate(error); });
}

}  // namespace webtool::python
