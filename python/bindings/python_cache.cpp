#include "python_cache.hpp"

#include "bridge/python_awaitable.hpp"
#include "errors.hpp"
#include "values.hpp"

namespace webtool::python {
namespace nb = nanobind;
namespace {

template <class Call>
awaitable<nb::object> ask(Call call) {
  try {
    nb::object given = call();
    co_return co_await await_python(std::move(given));
  } catch (nb::python_error& error) {
    rethrow_as_core(error);
  }
}

// Returns str if the key is valid UTF-8, as the core's own keys are; else bytes.
nb::object from_key(std::string_view key) {
  auto text =
      nb::steal(PyUnicode_DecodeUTF8(key.data(), static_cast<Py_ssize_t>(key.size()), nullptr));
  if (text.is_valid()) return text;
  PyErr_Clear();
  return from_bytes(key);
}

// Passes only options that are set, so that a cache need not have parameters that nobody uses.
nb::dict keywords(const cache::SetOptions& options) {
  nb::dict given;
  if (options.ex) given["ex"] = nb::float_(static_cast<double>(options.ex->count()) / 1e3);
  if (options.exat) given["exat"] = from_timestamp(*options.exat);
  if (options.nx) given["nx"] = true;
  if (options.if_equal) given["if_equal"] = from_bytes(*options.if_equal);
  return given;
}

}  // namespace

awaitable<bool> PythonCache::set(std::string_view key, std::string_view value,
                                 cache::SetOptions options) {
  const nb::handle self = nb_trampoline.base();
  auto call = [self, key, value, options]() -> nb::object {
    return self.attr("set")(from_key(key), from_bytes(value), **keywords(options));
  };
  const auto answer = co_await ask(std::move(call));
  co_return nb::cast<bool>(nb::bool_(answer));
}

awaitable<std::optional<std::string>> PythonCache::get(std::string_view key) {
  const nb::handle self = nb_trampoline.base();
  auto call = [self, key]() -> nb::object { return self.attr("get")(from_key(key)); };
  const auto answer = co_await ask(std::move(call));
  if (answer.is_none()) co_return std::nullopt;
  co_return to_bytes(answer, "BaseCache: the result of get");
}

awaitable<bool> PythonCache::erase(std::string_view key, std::optional<std::string_view> if_equal) {
  const nb::handle self = nb_trampoline.base();
  auto call = [self, key, if_equal]() -> nb::object {
    nb::dict given;
    if (if_equal) given["if_equal"] = from_bytes(*if_equal);
    return self.attr("delete")(from_key(key), **given);
  };
  const auto answer = co_await ask(std::move(call));
  co_return nb::cast<bool>(nb::bool_(answer));
}

awaitable<void> PythonCache::aclose() {
  const nb::handle self = nb_trampoline.base();
  auto call = [self]() -> nb::object { return self.attr("aclose")(); };
  (void)co_await ask(std::move(call));
}

}  // namespace webtool::python
