// webtool.throttle: rules, and the limiters that count by them.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <webtool/cache/redis_cache.hpp>
#include <webtool/throttle/in_memory_limiter.hpp>
#include <webtool/throttle/redis_limiter.hpp>
#include <webtool/throttle/rule.hpp>

#include "bindings.hpp"
#include "values.hpp"

namespace webtool::python {
namespace {

using throttle::BaseLimiter;
using throttle::InMemoryLimiter;
using throttle::LimitRule;
using throttle::RedisLimiter;

template <class Value>
Value one_of(const std::string& text, const char* what,
             std::initializer_list<std::pair<const char*, Value>> known) {
  std::string names;
  for (const auto& [name, value] : known) {
    if (text == name) return value;
    names += (names.empty() ? "'" : ", '") + std::string(name) + "'";
  }
  throw std::invalid_argument(std::string(what) + " must be one of " + names);
}

std::vector<std::string> to_texts(nb::handle object, const char* what) {
  std::vector<std::string> texts;
  if (object.is_none()) return texts;
  if (PyUnicode_Check(object.ptr())) throw std::invalid_argument(std::string(what) + " is a list");
  for (const nb::handle item : nb::iter(object)) texts.push_back(to_text(item, what));
  return texts;
}

void bind_rule(nb::module_& module) {
  nb::class_<LimitRule>(module, "LimitRule", nb::is_final(), "One limit of a route; see limiter.")
      .def(
          "__init__",
          [](LimitRule* self, std::uint32_t max_requests, nb::handle interval,
             nb::handle throttle_key, nb::handle method, nb::handle scopes,
             const std::string& algorithm, const std::string& on_store_failure, std::uint32_t cost,
             bool shadow, std::string name) {
            LimitRule rule;
            rule.max_requests = max_requests;
            rule.interval = to_duration(interval, "interval");
            if (!throttle_key.is_none()) rule.throttle_key = to_text(throttle_key, "throttle_key");
            rule.method = to_texts(method, "method");
            for (auto& one : rule.method)
              for (char& c : one)
                if (c >= 'a' && c <= 'z') c = static_cast<char>(c & ~0x20);
            rule.scopes = to_texts(scopes, "scopes");
            rule.algorithm = one_of<throttle::Algorithm>(
                algorithm, "algorithm",
                {{"sliding_window", throttle::Algorithm::sliding_window},
                 {"gcra", throttle::Algorithm::gcra},
                 {"fixed_window", throttle::Algorithm::fixed_window}});
            rule.on_store_failure =
                one_of<throttle::OnStoreFailure>(on_store_failure, "on_store_failure",
                                                 {{"allow", throttle::OnStoreFailure::allow},
                                                  {"deny", throttle::OnStoreFailure::deny},
                                                  {"local", throttle::OnStoreFailure::local}});
            rule.cost = cost;
            rule.shadow = shadow;
            rule.name = std::move(name);
            new (self) LimitRule(throttle::limiter(std::move(rule)));
          },
          nb::arg("max_requests"), nb::arg("interval"), nb::arg("throttle_key") = nb::none(),
          nb::arg("method") = nb::none(), nb::arg("scopes") = nb::none(), nb::kw_only(),
          nb::arg("algorithm") = "sliding_window", nb::arg("on_store_failure") = "local",
          nb::arg("cost") = 1, nb::arg("shadow") = false, nb::arg("name") = "",
          nb::sig("def __init__(self, max_requests: int, interval: float | datetime.timedelta, "
                  "throttle_key: str | None = None, "
                  "method: collections.abc.Iterable[str] | None = None, "
                  "scopes: collections.abc.Iterable[str] | None = None, *, "
                  "algorithm: typing.Literal['sliding_window', 'gcra', 'fixed_window'] = "
                  "'sliding_window', "
                  "on_store_failure: typing.Literal['allow', 'deny', 'local'] = 'local', "
                  "cost: int = 1, shadow: bool = False, name: str = '') -> None"));
}

void bind_base_and_stores(nb::module_& module) {
  nb::class_<BaseLimiter>(module, "BaseLimiter", "Decides: InMemoryLimiter or RedisLimiter.");
  nb::class_<InMemoryLimiter, BaseLimiter>(
      module, "InMemoryLimiter", nb::is_final(),
      "The embedded limiter, for one process. When it is full, the state that was charged the "
      "longest ago is forgotten.")
      .def(
          "__init__",
          [](InMemoryLimiter* self, std::size_t max_entries) {
            throttle::InMemoryLimiterOptions options;
            options.max_entries = max_entries;
            new (self) InMemoryLimiter(std::move(options));
          },
          nb::arg("max_entries") = 1'000'000);
  nb::class_<RedisLimiter, BaseLimiter>(
      module, "RedisLimiter", nb::is_final(),
      "The limiter that all processes share: one script a decision, by the server's clock.")
      .def(
          "__init__",
          [](RedisLimiter* self, cache::RedisCache& cache) { new (self) RedisLimiter(cache); },
          nb::keep_alive<1, 2>(), nb::arg("cache"));
}

}  // namespace

void bind_limiters(nb::module_& module) {
  bind_rule(module);
  bind_base_and_stores(module);
}

}  // namespace webtool::python
