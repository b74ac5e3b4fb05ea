#include "errors.hpp"

#include <nanobind/stl/string.h>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <webtool/cache/error.hpp>
#include <webtool/jose/key.hpp>

namespace webtool::python {
namespace nb = nanobind;
namespace {

// Returns the class of that name in webtool.exceptions.
nb::object exception(const char* name) {
  return nb::module_::import_("webtool.exceptions").attr(name);
}

void set(const char* name, const char* text) {
  PyErr_SetString(exception(name).ptr(), text);
}

bool starts_with_class(std::string_view text, std::size_t end) {
  const auto is_of_name = [](unsigned char c) { return std::isalnum(c) != 0; };
  return end > 0 && std::isupper(static_cast<unsigned char>(text[0])) != 0 &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), is_of_name);
}

// Replaces the core's name of an option by Python's name: LimitRule::cost becomes cost.
std::string in_python(std::string text) {
  constexpr std::pair<std::string_view, std::string_view> other_names[] = {
      {"AnnoSession::id", "session"},
      {"AnnoSessionOptions::secret_keys", "secret_key"},
      {"LockOptions::ttl", "ttl_ms"},
      {"Policy: ", ""},
      {"SessionBackend: the cookie name", "session_name"},
      {"redis::Options::command_timeout", "socket_timeout"},
      {"redis::Options::connect_timeout", "socket_connect_timeout"},
      {"redis::Options::ping_interval", "health_check_interval"},
      {"redis::Options::tls and unix_socket", "ssl and a unix:// URL"},
      {"redis::Options::tls_ca_file", "ssl_ca_certs (tls_ca_file in a URL)"},
      {"redis::Options::tls_cert_file and tls_key_file", "ssl_certfile and ssl_keyfile"},
      {"redis::Options::tls_cert_file", "ssl_certfile (tls_cert_file in a URL)"},
      {"redis::Options::tls_key_file", "ssl_keyfile (tls_key_file in a URL)"},
      {"redis::Options::key_namespace", "namespace"},
      {"redis::Options::", ""},
  };
  for (const auto& [core, python] : other_names)
    if (text.starts_with(core)) return text.replace(0, core.size(), python);
  if (const auto end = text.find("::"); end < text.size() && starts_with_class(text, end))
    return text.substr(end + 2);
  if (const auto end = text.find("Options: "); end < text.size() && starts_with_class(text, end))
    return text.substr(end + 9);
  return text;
}

void set_store_unavailable(const cache::StoreUnavailable& error) {
  const auto type = exception("StoreUnavailable");
  const auto message = error.code().message();
  const auto text = error.words().empty() ? message : message + " (" + error.words() + ")";
  PyErr_SetObject(type.ptr(), type(text).ptr());
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
    set("InvalidKey", in_python(misuse.what()).c_str());
  } catch (const std::invalid_argument& misuse) {
    set("InvalidArgument", in_python(misuse.what()).c_str());
  } catch (const std::length_error& misuse) {
    set("InvalidArgument", in_python(misuse.what()).c_str());
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
