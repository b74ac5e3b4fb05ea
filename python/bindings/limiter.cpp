// webtool.throttle: rules, and the limiters that apply them, also without a middleware.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <webtool/cache/redis_cache.hpp>
#include <webtool/throttle/in_memory_limiter.hpp>
#include <webtool/throttle/policy.hpp>
#include <webtool/throttle/redis_limiter.hpp>
#include <webtool/throttle/rule.hpp>

#include "bindings.hpp"
#include "bridge/operation.hpp"
#include "values.hpp"

namespace webtool::python {
namespace {

using throttle::BaseLimiter;
using throttle::InMemoryLimiter;
using throttle::LimitRule;
using throttle::Policy;
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
  if (PyUnicode_Check(object.ptr()))
    throw std::invalid_argument(std::string(what) + " must be a list of str, not a str");
  for (const nb::handle item : nb::iter(object)) texts.push_back(to_text(item, what));
  return texts;
}

void bind_rule(nb::module_& module) {
  nb::class_<LimitRule>(module, "LimitRule", nb::is_final(), "One limit of a route; see limiter.")
      .def(
          "__init__",
          [](LimitRule* self, std::uint32_t max_requests, nb::handle interval,
             nb::handle throttle_key, nb::handle method, nb::handle scopes, const std::string& per,
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
            rule.per = one_of<throttle::Per>(
                per, "per",
                {{"client", throttle::Per::client}, {"address", throttle::Per::address}});
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
          nb::arg("per") = "client", nb::arg("algorithm") = "sliding_window",
          nb::arg("on_store_failure") = "local", nb::arg("cost") = 1, nb::arg("shadow") = false,
          nb::arg("name") = "",
          nb::sig("def __init__(self, max_requests: int, interval: float | datetime.timedelta, "
                  "throttle_key: str | None = None, "
                  "method: collections.abc.Iterable[str] | None = None, "
                  "scopes: collections.abc.Iterable[str] | None = None, *, "
                  "per: typing.Literal['client', 'address'] = 'client', "
                  "algorithm: typing.Literal['sliding_window', 'gcra', 'fixed_window'] = "
                  "'sliding_window', "
                  "on_store_failure: typing.Literal['allow', 'deny', 'local'] = 'local', "
                  "cost: int = 1, shadow: bool = False, name: str = '') -> None"));
}

// The result of BaseLimiter.decide: the outcome of the most restrictive rule.
struct Decided {
  bool allowed;
  std::string name;
  std::uint32_t limit;
  std::uint32_t remaining;
  double reset;
  std::optional<double> retry_after;
};

double in_seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

Decided to_decided(const throttle::Decision& decision) {
  const auto* most = throttle::tightest(decision);
  if (most == nullptr) return {decision.allowed, "", 0, 0, 0, 0};  // all in shadow
  Decided decided{decision.allowed, most->limit->name,       most->limit->max_requests,
                  most->remaining,  in_seconds(most->reset), 0};
  if (most->retry_after == throttle::Outcome::never)
    decided.retry_after.reset();
  else
    decided.retry_after = in_seconds(most->retry_after);
  return decided;
}

std::vector<LimitRule> to_rules(nb::handle given) {
  std::vector<LimitRule> rules;
  if (nb::isinstance<LimitRule>(given)) {
    rules.push_back(nb::cast<LimitRule>(given));
    return rules;
  }
  if (PyUnicode_Check(given.ptr()) || !nb::hasattr(given, "__iter__"))
    throw nb::type_error("decide: rule must be a LimitRule, or several, as in LimitRule(5, 60)");
  for (const nb::handle one : nb::iter(given)) {
    if (!nb::isinstance<LimitRule>(one))
      throw nb::type_error("decide: rule must be a LimitRule, or several, as in LimitRule(5, 60)");
    rules.push_back(nb::cast<LimitRule>(one));
  }
  return rules;
}

// Makes one policy for each name and its rules. The GIL protects `known`.
std::shared_ptr<const Policy> policy_of(const std::string& name, std::vector<LimitRule> rules) {
  constexpr std::size_t most = 1'024;  // bounded, because names may contain input of clients
  static std::unordered_map<std::string, std::shared_ptr<const Policy>> known;
  const auto found = known.find(name);
  if (found != known.end() && found->second->rules() == rules) return found->second;
  if (known.size() >= most) known.clear();
  auto policy = std::make_shared<const Policy>(name, std::move(rules));
  known[name] = policy;
  return policy;
}

awaitable<nb::object> decide(BaseLimiter& limiter, std::shared_ptr<const Policy> policy,
                             std::string key, std::uint32_t times, bool peek) {
  auto all = throttle::attempt(*policy, {"key", key});
  all.times = times;
  all.peek = peek;
  const auto decision = co_await limiter.decide(all);
  co_return nb::cast(to_decided(decision));
}

void bind_decide(nb::class_<BaseLimiter>& type) {
  type.def(
      "decide",
      [](nb::pointer_and_handle<BaseLimiter> self, const std::string& name, nb::handle key,
         nb::handle rule, std::uint32_t times, bool peek) {
        const auto poll = nb::isinstance<InMemoryLimiter>(self.h) ? Poll::now : Poll::together;
        return operation(
            "BaseLimiter.decide", self.h, poll,
            decide(*self.p, policy_of(name, to_rules(rule)), to_bytes(key, "key"), times, peek));
      },
      nb::arg("name"), nb::arg("key"), nb::arg("rule"), nb::kw_only(), nb::arg("times") = 1,
      nb::arg("peek") = false,
      nb::sig("def decide(self, name: str, key: str | bytes, "
              "rule: LimitRule | collections.abc.Iterable[LimitRule], *, times: int = 1, "
              "peek: bool = False) -> collections.abc.Coroutine[typing.Any, typing.Any, Decided]"),
      "Counts one attempt of `key` (such as a user name or an API key) at the action `name`, and "
      "returns whether the attempt is allowed. If there are several rules, either all of them are "
      "charged or none. A denied attempt costs nothing. `times` charges the cost of each rule that "
      "many times; `peek` charges nothing. The rules' method, scopes, per and on_store_failure are "
      "ignored. Raises StoreUnavailable if the store fails; the attempt may have been charged "
      "then.");
}

void bind_decided(nb::module_& module) {
  nb::class_<Decided>(module, "Decided", nb::is_final(),
                      "The result of BaseLimiter.decide. If there are several rules, it describes "
                      "the most restrictive rule.")
      .def_ro("allowed", &Decided::allowed, "Whether all rules allow the attempt.")
      .def_ro("name", &Decided::name, "The rule's name.")
      .def_ro("limit", &Decided::limit, "The rule's max_requests.")
      .def_ro("remaining", &Decided::remaining, "The number of attempts left after this attempt.")
      .def_ro("reset", &Decided::reset, "Seconds until more attempts are available; 0 if all are.")
      .def_ro("retry_after", &Decided::retry_after,
              "Seconds until the same attempt is allowed: 0 if it is allowed, None if it never "
              "will be.")
      .def("__repr__", [](const Decided& self) {
        return "Decided(allowed=" + std::string(self.allowed ? "True" : "False") + ", name='" +
               self.name + "', limit=" + std::to_string(self.limit) +
               ", remaining=" + std::to_string(self.remaining) + ")";
      });
}

void bind_base_and_stores(nb::module_& module) {
  bind_decided(module);
  nb::class_<BaseLimiter> base(module, "BaseLimiter",
                               "The base class of InMemoryLimiter and RedisLimiter.");
  bind_decide(base);
  nb::class_<InMemoryLimiter, BaseLimiter>(
      module, "InMemoryLimiter", nb::is_final(),
      "The embedded limiter, for one process. If it holds `max_entries` counters, it forgets the "
      "counter that was charged the longest ago, but never a counter that denies. If nearly all "
      "counters deny, new clients are refused.")
      .def(
          "__init__",
          [](InMemoryLimiter* self, std::size_t max_entries) {
            throttle::InMemoryLimiterOptions options;
            options.max_entries = max_entries;
            new (self) InMemoryLimiter(std::move(options));
          },
          nb::arg("max_entries") = 1'000'000);
  nb::class_<RedisLimiter, BaseLimiter>(module, "RedisLimiter", nb::is_final(),
                                        "A limiter that all processes share. Each decision is one "
                                        "script on the Redis server, by the server's clock.")
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
