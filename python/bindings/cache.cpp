// webtool.cache: the embedded cache, the Redis cache, and the base class for users' caches.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <webtool/cache/in_memory_cache.hpp>
#include <webtool/cache/redis_cache.hpp>
#include <webtool/core/secret.hpp>

#include "bindings.hpp"
#include "bridge/operation.hpp"
#include "casters/options.hpp"
#include "casters/secrets.hpp"
#include "casters/texts.hpp"
#include "casters/times.hpp"
#include "casters/typed.hpp"
#include "depends_protocol.hpp"
#include "python_cache.hpp"

namespace webtool::python {
namespace {

using cache::BaseCache;
using cache::InMemoryCache;
using cache::Lock;
using cache::RedisCache;

struct LockType {
  static constexpr auto name = nb::detail::const_name("webtool._core.Lock");
};
struct ConfigType {
  static constexpr auto name = nb::detail::const_name("webtool.cache.config.RedisConfig");
};
using LockObject = Typed<LockType>;
using ConfigObject = Typed<ConfigType>;

template <class Cache>
constexpr Poll poll_of = Poll::together;
template <>
constexpr Poll poll_of<InMemoryCache> = Poll::now;

template <class Cache>
struct Names;
template <>
struct Names<InMemoryCache> {
  static constexpr auto set = "InMemoryCache.set", get = "InMemoryCache.get",
                        erase = "InMemoryCache.delete", aclose = "InMemoryCache.aclose";
};
template <>
struct Names<RedisCache> {
  static constexpr auto set = "RedisCache.set", get = "RedisCache.get", erase = "RedisCache.delete",
                        aclose = "RedisCache.aclose";
};

// The options of a write; `options.if_equal` refers to the text, so it is set late.
struct Write {
  std::string key;
  std::string value;
  cache::SetOptions options;
  std::optional<Value> if_equal;
};

awaitable<bool> set(BaseCache* cache, const std::unique_ptr<Write>& write) {
  if (write->if_equal) write->options.if_equal = write->if_equal->text;
  return cache->set(write->key, write->value, write->options);
}

awaitable<std::optional<std::string>> get(BaseCache* cache, const Bytes& key) {
  return cache->get(key.text);
}

awaitable<bool> erase(BaseCache* cache, const Bytes& key, const std::optional<Value>& if_equal) {
  std::optional<std::string_view> equal;
  if (if_equal) equal = if_equal->text;
  return cache->erase(key.text, equal);
}

// Binds the operations of the core's caches. A user's cache has its own operations.
template <class Cache>
void bind_operations(nb::class_<Cache, BaseCache>& type) {
  using Self = nb::pointer_and_handle<Cache>;
  type.def(
      "set",
      [](Self self, Bytes key, Value value, std::optional<std::chrono::milliseconds> ex,
         std::optional<Timestamp> exat, bool nx, std::optional<Value> if_equal) {
        cache::SetOptions options;
        options.ex = ex;
        options.exat = exat;
        options.nx = nx;
        auto write = std::make_unique<Write>(
            Write{std::move(key.text), std::move(value.text), options, std::move(if_equal)});
        return operation(Names<Cache>::set, self.h, poll_of<Cache>, set,
                         static_cast<BaseCache*>(self.p), std::move(write));
      },
      nb::arg("key"), nb::arg("value"), nb::arg("ex") = nb::none(), nb::arg("exat") = nb::none(),
      nb::arg("nx") = false, nb::arg("if_equal") = nb::none(),
      "Writes `value`. It expires after `ex` seconds or at `exat`; by default it does not expire. "
      "Returns False if nothing was written: `nx` requires that the key does not exist, `if_equal` "
      "requires that the key has this value.");
  type.def(
      "get",
      [](Self self, Bytes key) {
        return operation<std::optional<Bytes>>(Names<Cache>::get, self.h, poll_of<Cache>, get,
                                               static_cast<BaseCache*>(self.p), std::move(key));
      },
      nb::arg("key"), "Returns the value, or None if the key does not exist or has expired.");
  type.def(
      "delete",
      [](Self self, Bytes key, std::optional<Value> if_equal) {
        return operation(Names<Cache>::erase, self.h, poll_of<Cache>, erase,
                         static_cast<BaseCache*>(self.p), std::move(key), std::move(if_equal));
      },
      nb::arg("key"), nb::arg("if_equal") = nb::none(),
      "Removes the key; with `if_equal`, only if the key has exactly this value. Returns True if "
      "the key was removed.");
  type.def(
      "aclose",
      [](Self self) {
        return operation(
            Names<Cache>::aclose, self.h, Poll::now,
            [](BaseCache* cache) { return cache->aclose(); }, static_cast<BaseCache*>(self.p));
      },
      "Closes the connections and ends the operations in progress. Later calls raise "
      "StoreUnavailable.");
}

[[noreturn]] void not_implemented(const char* method) {
  PyErr_Format(PyExc_NotImplementedError, "BaseCache subclasses must implement %s()", method);
  throw nb::python_error();
}

Lock make_lock(BaseCache& cache, const Bytes& key, Milliseconds ttl, bool blocking,
               std::chrono::milliseconds blocking_timeout) {
  cache::LockOptions options;
  options.ttl = ttl.time;
  options.blocking = blocking;
  options.timeout = blocking_timeout;
  return cache.lock(key.text, options);
}

void bind_base(nb::module_& module) {
  nb::class_<BaseCache, PythonCache> base(
      module, "BaseCache",
      "A key-value store. For your own cache, override set, get, delete and aclose, each async or "
      "not, with the parameters of InMemoryCache. Each must be atomic. Keys are passed as str, "
      "values as bytes. Raise StoreUnavailable if the store fails.");
  base.attr("__call__") = depends_call();
  base.def(nb::init<>())
      .def(
          "set", [](nb::handle, nb::args, nb::kwargs) { not_implemented("set"); },
          nb::sig("def set(self, key: typing.Any, value: typing.Any, *args: typing.Any, **kwargs: "
                  "typing.Any) -> typing.Any"))
      .def(
          "get", [](nb::handle, nb::args, nb::kwargs) { not_implemented("get"); },
          nb::sig("def get(self, key: typing.Any) -> typing.Any"))
      .def(
          "delete", [](nb::handle, nb::args, nb::kwargs) { not_implemented("delete"); },
          nb::sig("def delete(self, key: typing.Any, *args: typing.Any, **kwargs: typing.Any) -> "
                  "typing.Any"))
      .def(
          "aclose", [](nb::handle) { not_implemented("aclose"); },
          nb::sig("def aclose(self) -> typing.Any"))
      .def("lock", make_lock, nb::keep_alive<0, 1>(), nb::arg("key"),
           nb::arg("ttl_ms") = Milliseconds{cache::LockOptions().ttl}, nb::arg("blocking") = true,
           nb::arg("blocking_timeout") = cache::LockOptions().timeout,
           "Returns a lock with the name `key` in this store: `async with cache.lock(\"name\"): "
           "...`. The lock is a lease: after `ttl_ms` milliseconds another owner may take it.");
}

// Returns `self` for `async with`.
awaitable<LockObject> enter(Lock* lock, const LockObject& self) {
  const bool held = co_await lock->acquire();
  if (held) co_return self;
  PyErr_SetString(PyExc_TimeoutError, "the lock is held by another owner");
  throw nb::python_error();
}

awaitable<void> leave(Lock* lock) {
  co_await lock->release();
}

void bind_lock(nb::module_& module) {
  using Self = nb::pointer_and_handle<Lock>;
  nb::class_<Lock>(module, "Lock", "See BaseCache.lock.")
      .def(
          "acquire",
          [](Self self) {
            return operation(
                "Lock.acquire", self.h, Poll::together, [](Lock* lock) { return lock->acquire(); },
                self.p);
          },
          "Takes the lock. Returns False if another owner holds the lock until the waiting time is "
          "over.")
      .def(
          "release",
          [](Self self) {
            return operation(
                "Lock.release", self.h, Poll::together, [](Lock* lock) { return lock->release(); },
                self.p);
          },
          "Releases the lock. Returns False if this owner no longer held it.")
      .def(
          "extend",
          [](Self self, Milliseconds ttl) {
            return operation(
                "Lock.extend", self.h, Poll::together,
                [](Lock* lock, Milliseconds given) { return lock->extend(given.time); }, self.p,
                ttl);
          },
          nb::arg("ttl_ms"),
          "Extends the lock to `ttl_ms` milliseconds from now. Returns False if this owner no "
          "longer held it.")
      .def(
          "__aenter__",
          [](Self self) {
            return operation("Lock.__aenter__", self.h, Poll::together, enter, self.p,
                             LockObject{nb::borrow(self.h)});
          },
          "Like acquire, but raises TimeoutError if the lock cannot be taken.")
      .def(
          "__aexit__",
          [](Self self, nb::args) {
            return operation("Lock.__aexit__", self.h, Poll::together, leave, self.p);
          },
          nb::sig("def __aexit__(self, *args: object) -> collections.abc.Coroutine[typing.Any, "
                  "typing.Any, None]"));
}

// Returns the Python type of an argument of the type T. nanobind writes `@argument@result@`.
template <class T>
std::string_view argument_type() {
  const std::string_view text = nb::detail::make_caster<T>::Name.text;
  return text.starts_with('@') ? text.substr(1, text.find('@', 1) - 1) : text;
}

// Reads a setting of a RedisConfig, unless it is None.
template <class T>
void read_setting(nb::handle config, const char* name, T& value) {
  const nb::object given = config.attr(name);
  if (given.is_none() || nb::try_cast<T>(given, value)) return;
  const std::string wanted(argument_type<T>());
  PyErr_Format(PyExc_TypeError, "RedisConfig: %s must be %s, not %.100s", name, wanted.c_str(),
               Py_TYPE(given.ptr())->tp_name);
  throw nb::python_error();
}

redis::Options redis_options(std::string_view url, nb::handle config) {
  auto options = redis::parse_url(url);
  if (config.is_none()) return options;
  read_setting(config, "username", options.username);
  read_setting(config, "password", options.password);
  read_setting(config, "client_name", options.client_name);
  read_setting(config, "ssl", options.tls);
  read_setting(config, "ssl_ca_certs", options.tls_ca_file);
  read_setting(config, "ssl_certfile", options.tls_cert_file);
  read_setting(config, "ssl_keyfile", options.tls_key_file);
  read_setting(config, "socket_timeout", options.command_timeout);
  read_setting(config, "socket_connect_timeout", options.connect_timeout);
  read_setting(config, "health_check_interval", options.ping_interval);
  read_setting(config, "max_in_flight", options.max_in_flight);
  read_setting(config, "breaker_failures", options.breaker_failures);
  read_setting(config, "breaker_delay", options.breaker_delay);
  return options;
}

}  // namespace

void bind_cache(nb::module_& module) {
  bind_base(module);
  bind_lock(module);

  nb::class_<InMemoryCache, BaseCache> memory(
      module, "InMemoryCache", nb::is_final(),
      "The embedded cache, for one process. If it is full of entries that have not expired, "
      "writing a new entry raises StoreUnavailable.");
  def_init<cache::InMemoryCacheOptions>(
      memory, [](cache::InMemoryCacheOptions options) { return InMemoryCache(std::move(options)); },
      option("max_entries", &cache::InMemoryCacheOptions::max_entries));
  bind_operations(memory);

  nb::class_<RedisCache, BaseCache> redis(
      module, "RedisCache", nb::is_final(),
      "A cache on a Redis server. It connects on first use, once for each event loop.");
  redis.def(
      "__init__",
      [](RedisCache* self, std::string_view redis_url, std::optional<ConfigObject> config,
         std::optional<std::string> key_namespace) {
        auto options = redis_options(redis_url, config ? config->object : nb::none());
        if (key_namespace) {
          options.key_namespace = *std::move(key_namespace);
          if (options.key_namespace.empty())
            throw std::invalid_argument("namespace must not be empty");
        }
        new (self) RedisCache(std::move(options));
      },
      nb::arg("redis_url"), nb::arg("config") = nb::none(), nb::arg("namespace") = nb::none(),
      "`namespace` and a \":\" precede every key. Applications that share a database keep their "
      "sessions, limits and keys apart with different namespaces. A namespace has at most 64 "
      "letters, digits, \"_\", \"-\" and \".\". `?namespace=` in the URL has the same effect.");
  bind_operations(redis);
}

}  // namespace webtool::python
