// webtool.throttle: rules, and the limiters that apply them, also without a middleware.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
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
#include "casters/literal.hpp"
#include "casters/options.hpp"
#include "casters/texts.hpp"
#include "casters/times.hpp"

namespace webtool::python {

/// One rule or several.
struct Rules {
  std::vector<throttle::LimitRule> all{};
};

template <>
struct Literal<throttle::Per> {
  static constexpr auto choices = std::tuple(choice("client", throttle::Per::client),
                                             choice("address", throttle::Per::address));
};

template <>
struct Literal<throttle::Algorithm> {
  static constexpr auto choices =
      std::tuple(choice("sliding_window", throttle::Algorithm::sliding_window),
                 choice("gcra", throttle::Algorithm::gcra),
                 choice("fixed_window", throttle::Algorithm::fixed_window));
};

template <>
struct Literal<throttle::OnStoreFailure> {
  static constexpr auto choices = std::tuple(choice("allow", throttle::OnStoreFailure::allow),
                                             choice("deny", throttle::OnStoreFailure::deny),
                                             choice("local", throttle::OnStoreFailure::local));
};

}  // namespace webtool::python

namespace nanobind::detail {

template <>
struct type_caster<webtool::python::Rules> {
  using Rule = webtool::throttle::LimitRule;
  NB_TYPE_CASTER(webtool::python::Rules, make_caster<Rule>::Name +
                                             const_name(" | collections.abc.Iterable[") +
                                             make_caster<Rule>::Name + const_name("]"))

  bool from_python(handle source, std::uint32_t, cleanup_list*) noexcept {
    return webtool::python::is_read([&] {
      value.all.clear();
      const auto add = [&](handle one) {
        if (!isinstance<Rule>(one)) return false;
        value.all.push_back(cast<const Rule&>(one));
        return true;
      };
      if (add(source)) return true;
      for (const handle one : iter(source))
        if (!add(one)) return false;
      return true;
    });
  }
};

}  // namespace nanobind::detail

namespace webtool::python {
namespace {

using throttle::BaseLimiter;
using throttle::InMemoryLimiter;
using throttle::LimitRule;
using throttle::Policy;
using throttle::RedisLimiter;

// A rule of Python may name methods in small letters.
LimitRule with_capitals(LimitRule rule) {
  for (auto& method : rule.method)
    for (char& c : method)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c & ~0x20);
  return rule;
}

void bind_rule(nb::module_& module) {
  nb::class_<LimitRule> type(module, "LimitRule", nb::is_final(),
                             "One limit of a route; see limiter.");
  def_init<LimitRule>(
      type, [](LimitRule rule) { return throttle::limiter(with_capitals(std::move(rule))); },
      required("max_requests", &LimitRule::max_requests),
      required("interval", &LimitRule::interval),
      none_for_default("throttle_key", &LimitRule::throttle_key),
      none_for_default("method", &LimitRule::method),
      none_for_default("scopes", &LimitRule::scopes), nb::kw_only(), option("per", &LimitRule::per),
      option("algorithm", &LimitRule::algorithm),
      option("on_store_failure", &LimitRule::on_store_failure), option("cost", &LimitRule::cost),
      option("shadow", &LimitRule::shadow), option("name", &LimitRule::name));
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

awaitable<Decided> decide(BaseLimiter* limiter, const std::shared_ptr<const Policy>& policy,
                          const Bytes& key, std::uint32_t times, bool peek) {
  auto all = throttle::attempt(*policy, {"key", key.text});
  all.times = times;
  all.peek = peek;
  const auto decision = co_await limiter->decide(all);
  co_return to_decided(decision);
}

void bind_decide(nb::class_<BaseLimiter>& type) {
  type.def(
      "decide",
      [](nb::pointer_and_handle<BaseLimiter> self, const std::string& name, Bytes key, Rules rule,
         std::uint32_t times, bool peek) {
        const auto poll = nb::isinstance<InMemoryLimiter>(self.h) ? Poll::now : Poll::together;
        return operation("BaseLimiter.decide", self.h, poll, decide, self.p,
                         policy_of(name, std::move(rule.all)), std::move(key), times, peek);
      },
      nb::arg("name"), nb::arg("key"), nb::arg("rule"), nb::kw_only(), nb::arg("times") = 1,
      nb::arg("peek") = false,
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
  nb::class_<InMemoryLimiter, BaseLimiter> memory(
      module, "InMemoryLimiter", nb::is_final(),
      "The embedded limiter, for one process. If it holds `max_entries` counters, it forgets the "
      "counter that was charged the longest ago, but never a counter that denies. If nearly all "
      "counters deny, new clients are refused.");
  def_init<throttle::InMemoryLimiterOptions>(
      memory,
      [](throttle::InMemoryLimiterOptions options) { return InMemoryLimiter(std::move(options)); },
      option("max_entries", &throttle::InMemoryLimiterOptions::max_entries));
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
