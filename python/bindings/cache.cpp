// webtool.cache: the embedded cache, the Redis cache, and the base class for users' caches.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include <webtool/cache/in_memory_cache.hpp>
#include <webtool/cache/redis_cache.hpp>
#include <webtool/core/secret.hpp>

#include "bindings.hpp"
#include "bridge/operation.hpp"
#include "depends_protocol.hpp"
#include "python_cache.hpp"
#include "values.hpp"

namespace webtool::python {
namespace {

using cache::BaseCache;
using cache::InMemoryCache;
using cache::Lock;
using cache::RedisCache;

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

struct Write {
  std::string key;
  std::string value;
  cache::SetOptions options;
  std::optional<std::string> if_equal;
};

awaitable<nb::object> set(BaseCache& cache, std::unique_ptr<const Write> write) {
  auto options = write->options;
  if (write->if_equal) options.if_equal = *write->if_equal;
  auto writing = cache.set(write->key, write->value, options);
  const bool written = co_await std::move(writing);
  co_return nb::bool_(written);
}

awaitable<nb::object> get(BaseCache& cache, std::string key) {
  const auto value = co_await cache.get(key);
  if (value) co_return from_bytes(*value);
  co_return nb::none();
}

awaitable<nb::object> erase(BaseCache& cache, std::string key, std::optional<std::string> equal) {
  std::optional<std::string_view> if_equal;
  if (equal) if_equal = *equal;
  const bool erased = co_await cache.erase(key, if_equal);
  co_return nb::bool_(erased);
}

awaitable<nb::object> aclose(BaseCache& cache) {
  co_await cache.aclose();
  co_return nb::none();
}

std::optional<std::string> optional_value(nb::handle object) {
  if (object.is_none()) return std::nullopt;
  return to_value(object);
}

std::unique_ptr<Write> write_of(nb::handle key, nb::handle value, nb::handle ex, nb::handle exat,
                                bool nx, nb::handle if_equal) {
  auto write = std::make_unique<Write>();
  write->key = to_bytes(key, "key");
  write->value = to_value(value);
  if (!ex.is_none())
    write->options.ex = std::chrono::ceil<std::chrono::milliseconds>(to_duration(ex, "ex"));
  if (!exat.is_none()) write->options.exat = to_timestamp(exat, "exat");
  write->options.nx = nx;
  write->if_equal = optional_value(if_equal);
  return write;
}

// Binds the operations of the core's caches. A user's cache has its own operations.
template <class Cache>
void bind_operations(nb::class_<Cache, BaseCache>& type) {
  using Self = nb::pointer_and_handle<Cache>;
  type.def(
      "set",
      [](Self self, nb::handle key, nb::handle value, nb::handle ex, nb::handle exat, bool nx,
         nb::handle if_equal) {
        return operation(Names<Cache>::set, self.h, poll_of<Cache>,
                         set(*self.p, write_of(key, value, ex, exat, nx, if_equal)));
      },
      nb::arg("key"), nb::arg("value"), nb::arg("ex") = nb::none(), nb::arg("exat") = nb::none(),
      nb::arg("nx") = false, nb::arg("if_equal") = nb::none(),
      nb::sig("def set(self, key: str | bytes, value: str | bytes | int | float, "
              "ex: float | datetime.timedelta | None = None, "
              "exat: float | datetime.datetime | None = None, nx: bool = False, "
              "if_equal: str | bytes | None = None) "
              "-> collections.abc.Coroutine[typing.Any, typing.Any, bool]"),
      "Writes `value`. It expires after `ex` seconds or at `exat`; by default it does not expire. "
      "Returns False if nothing was written: `nx` requires that the key does not exist, `if_equal` "
      "requires that the key has this value.");
  type.def(
      "get",
      [](Self self, nb::handle key) {
        return operation(Names<Cache>::get, self.h, poll_of<Cache>,
                         get(*self.p, to_bytes(key, "key")));
      },
      nb::arg("key"),
      nb::sig("def get(self, key: str | bytes) "
              "-> collections.abc.Coroutine[typing.Any, typing.Any, bytes | None]"),
      "Returns the value, or None if the key does not exist or has expired.");
  type.def(
      "delete",
      [](Self self, nb::handle key, nb::handle if_equal) {
        return operation(Names<Cache>::erase, self.h, poll_of<Cache>,
                         erase(*self.p, to_bytes(key, "key"), optional_value(if_equal)));
      },
      nb::arg("key"), nb::arg("if_equal") = nb::none(),
      nb::sig("def delete(self, key: str | bytes, if_equal: str | bytes | None = None) "
              "-> collections.abc.Coroutine[typing.Any, typing.Any, bool]"),
      "Removes the key; with `if_equal`, only if the key has exactly this value. Returns True if "
      "the key was removed.");
  type.def(
      "aclose",
      [](Self self) { return operation(Names<Cache>::aclose, self.h, Poll::now, aclose(*self.p)); },
      nb::sig("def aclose(self) -> collections.abc.Coroutine[typing.Any, typing.Any, None]"),
      "Closes the connections and ends the operations in progress. Later calls raise "
      "StoreUnavailable.");
}

[[noreturn]] void not_implemented(const char* method) {
  PyErr_Format(PyExc_NotImplementedError, "BaseCache subclasses must implement %s()", method);
  throw nb::python_error();
}

Lock make_lock(BaseCache& cache, nb::handle key, nb::handle ttl_ms, bool blocking,
               double blocking_timeout) {
  cache::LockOptions options;
  if (nb::hasattr(ttl_ms, "total_seconds"))
    options.ttl = std::chrono::ceil<std::chrono::milliseconds>(to_duration(ttl_ms, "ttl_ms"));
  else
    options.ttl = std::chrono::milliseconds(nb::cast<long>(ttl_ms));
  options.blocking = blocking;
  if (!(blocking_timeout >= 0 && blocking_timeout < 1e6))
    throw std::invalid_argument("blocking_timeout is out of range");
  options.timeout = std::chrono::milliseconds(std::lround(blocking_timeout * 1e3));
  return cache.lock(to_bytes(key, "key"), options);
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
      .def("lock", make_lock, nb::keep_alive<0, 1>(), nb::arg("key"), nb::arg("ttl_ms") = 100,
           nb::arg("blocking") = true, nb::arg("blocking_timeout") = 0.512,
           nb::sig("def lock(self, key: str | bytes, ttl_ms: int | datetime.timedelta = 100, "
                   "blocking: bool = True, blocking_timeout: float = 0.512) -> Lock"),
           "Returns a lock with the name `key` in this store: `async with cache.lock(\"name\"): "
           "...`. The lock is a lease: after `ttl_ms` milliseconds another owner may take it.");
}

awaitable<nb::object> acquire(Lock& lock) {
  const bool held = co_await lock.acquire();
  co_return nb::bool_(held);
}

awaitable<nb::object> enter(Lock& lock, nb::object self) {
  const bool held = co_await lock.acquire();
  if (held) co_return self;
  PyErr_SetString(PyExc_TimeoutError, "the lock is held by another owner");
  throw nb::python_error();
}

awaitable<nb::object> release(Lock& lock) {
  const bool released = co_await lock.release();
  co_return nb::bool_(released);
}

awaitable<nb::object> leave(Lock& lock) {
  co_await lock.release();
  co_return nb::none();
}

awaitable<nb::object> extend(Lock& lock, std::chrono::milliseconds ttl) {
  const bool held = co_await lock.extend(ttl);
  co_return nb::bool_(held);
}

void bind_lock(nb::module_& module) {
  using Self = nb::pointer_and_handle<Lock>;
  nb::class_<Lock>(module, "Lock", "See BaseCache.lock.")
      .def(
          "acquire",
          [](Self self) {
            return operation("Lock.acquire", self.h, Poll::together, acquire(*self.p));
          },
          nb::sig("def acquire(self) -> collections.abc.Coroutine[typing.Any, typing.Any, bool]"),
          "Takes the lock. Returns False if another owner holds the lock until the waiting time is "
          "over.")
      .def(
          "release",
          [](Self self) {
            return operation("Lock.release", self.h, Poll::together, release(*self.p));
          },
          nb::sig("def release(self) -> collections.abc.Coroutine[typing.Any, typing.Any, bool]"),
          "Releases the lock. Returns False if this owner no longer held it.")
      .def(
          "extend",
          [](Self self, long ttl_ms) {
            return operation("Lock.extend", self.h, Poll::together,
                             extend(*self.p, std::chrono::milliseconds(ttl_ms)));
          },
          nb::arg("ttl_ms"),
          nb::sig("def extend(self, ttl_ms: int) -> collections.abc.Coroutine[typing.Any, "
                  "typing.Any, bool]"),
          "Extends the lock to `ttl_ms` milliseconds from now. Returns False if this owner no "
          "longer held it.")
      .def(
          "__aenter__",
          [](Self self) {
            return operation("Lock.__aenter__", self.h, Poll::together,
                             enter(*self.p, nb::borrow(self.h)));
          },
          nb::sig(
              "def __aenter__(self) -> collections.abc.Coroutine[typing.Any, typing.Any, Lock]"),
          "Like acquire, but raises TimeoutError if the lock cannot be taken.")
      .def(
          "__aexit__",
          [](Self self, nb::args) {
            return operation("Lock.__aexit__", self.h, Poll::together, leave(*self.p));
          },
          nb::sig("def __aexit__(self, *args: object) -> collections.abc.Coroutine[typing.Any, "
                  "typing.Any, None]"));
}

template <class T>
bool given(nb::handle config, const char* name, T& value) {
  const nb::object object = config.attr(name);
  if (object.is_none()) return false;
  value = nb::cast<T>(object);
  return true;
}

void given_time(nb::handle config, const char* name, std::chrono::milliseconds& value) {
  const nb::object object = config.attr(name);
  if (!object.is_none())
    value = std::chrono::ceil<std::chrono::milliseconds>(to_duration(object, name));
}

redis::Options redis_options(std::string_view url, nb::handle config) {
  auto options = redis::parse_url(url);
  if (config.is_none()) return options;
  given(config, "username", options.username);
  std::string password;
  if (given(config, "password", password)) options.password = Secret(password);
  wipe(password);
  given(config, "client_name", options.client_name);
  given(config, "ssl", options.tls);
  given(config, "ssl_ca_certs", options.tls_ca_file);
  given(config, "ssl_certfile", options.tls_cert_file);
  given(config, "ssl_keyfile", options.tls_key_file);
  given_time(config, "socket_timeout", options.command_timeout);
  given_time(config, "socket_connect_timeout", options.connect_timeout);
  given_time(config, "health_check_interval", options.ping_interval);
  given(config, "max_in_flight", options.max_in_flight);
  given(config, "breaker_failures", options.breaker_failures);
  given_time(config, "breaker_delay", options.breaker_delay);
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
  memory.def(
      "__init__",
      [](InMemoryCache* self, std::size_t max_entries) {
        cache::InMemoryCacheOptions options;
        options.max_entries = max_entries;
        new (self) InMemoryCache(std::move(options));
      },
      nb::arg("max_entries") = 1'000'000);
  bind_operations(memory);

  nb::class_<RedisCache, BaseCache> redis(
      module, "RedisCache", nb::is_final(),
      "A cache on a Redis server. It connects on first use, once for each event loop.");
  redis.def(
      "__init__",
      [](RedisCache* self, std::string_view redis_url, nb::handle config,
         nb::handle key_namespace) {
        auto options = redis_options(redis_url, config);
        if (!key_namespace.is_none()) {
          options.key_namespace = to_text(key_namespace, "namespace");
          if (options.key_namespace.empty())
            throw std::invalid_argument("namespace must not be empty");
        }
        new (self) RedisCache(std::move(options));
      },
      nb::arg("redis_url"), nb::arg("config") = nb::none(), nb::arg("namespace") = nb::none(),
      nb::sig("def __init__(self, redis_url: str, config: webtool.cache.config.RedisConfig | None "
              "= None, namespace: str | None = None) -> None"),
      "`namespace` and a \":\" precede every key. Applications that share a database keep their "
      "sessions, limits and keys apart with different namespaces. A namespace has at most 64 "
      "letters, digits, \"_\", \"-\" and \".\". `?namespace=` in the URL has the same effect.");
  bind_operations(redis);
}

}  // namespace webtool::python
