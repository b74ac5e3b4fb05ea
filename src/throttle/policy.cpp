#include <webtool/throttle/policy.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include <webtool/auth/store_tag.hpp>

#include "throttle/layout.hpp"

namespace webtool::throttle {
namespace {

constexpr std::size_t id_size = 16;
// Parts of the group ids in the store, so a change would reset all counters.
constexpr std::string_view client_owner = "one", address_owner = "address", key_owner = "key",
                           per_address_owner = "per address";
// The names in LimitRule::scopes that are not scopes.
constexpr std::string_view user_name = "user", anno_name = "anno";

// Prefix each text with its length, so that two lists of texts cannot collide.
std::string counted(std::string_view text) {
  return fmt::format(FMT_STRING("{}:{}"), text.size(), text);
}

std::string meaning(const Limit& limit) {
  return fmt::format(FMT_STRING(" {}/{}/{}"), static_cast<int>(limit.algorithm), limit.max_requests,
                     limit.interval);
}

// Sets the id and the layout of the group.
void finish(Group& group, std::string_view owner) {
  std::string text = counted(owner);
  for (const auto& limit : group.limits) text += meaning(limit);
  group.id = auth::store_tag(text).substr(0, id_size);
  group.layout = std::make_shared<const Layout>(lay_out(group.limits));
}

std::string default_name(const LimitRule& rule) {
  const auto us = rule.interval.count();
  if (us % 1'000'000 == 0) return fmt::format("{}-per-{}s", rule.max_requests, us / 1'000'000);
  if (us % 1'000 == 0) return fmt::format("{}-per-{}ms", rule.max_requests, us / 1'000);
  return fmt::format("{}-per-{}us", rule.max_requests, us);
}

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Returns the names of all limits. A repeated name gets a number.
std::vector<std::string> names_of(const std::vector<LimitRule>& rules) {
  std::vector<std::string> names;
  for (const auto& rule : rules) {
    const auto base = rule.name.empty() ? default_name(rule) : rule.name;
    auto name = base;
    for (int i = 2; contains(names, name); ++i) name = fmt::format("{}-{}", base, i);
    names.push_back(std::move(name));
  }
  return names;
}

// Makes the groups of the rules with that `per`, or of all rules. `owner` is part of each id, so
// that sessions, users, addresses and keys do not share counters.
std::vector<Group> make_groups(std::string_view owner, std::string_view route,
                               const std::vector<LimitRule>& rules, std::optional<Per> per,
                               unsigned factor = 1) {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  const auto names = names_of(rules);
  Group own;
  std::vector<Group> groups;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto& rule = rules[i];
    if (per && rule.per != *per) continue;
    Limit limit;
    limit.algorithm = rule.algorithm;
    limit.max_requests = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(most, std::uint64_t{rule.max_requests} * factor));
    limit.interval = rule.interval.count();
    limit.cost = rule.cost;
    limit.shadow = rule.shadow;
    limit.rule = static_cast<std::uint32_t>(i);
    limit.name = names[i] + (owner == address_owner ? "-by-address" : "");
    if (rule.throttle_key.empty()) {
      own.limits.push_back(std::move(limit));
      continue;
    }
    Group shared;
    shared.limits.push_back(std::move(limit));
    finish(shared, std::string(owner) + " key " + rule.throttle_key);
    if (std::any_of(groups.begin(), groups.end(),
                    [&](const Group& other) { return other.id == shared.id; }))
      throw std::invalid_argument(
          "two rules of " + std::string(route) +
          " share a counter: their throttle_key, algorithm, max_requests and interval are equal");
    groups.push_back(std::move(shared));
  }
  if (!own.limits.empty()) {
    finish(own, std::string(owner) + " route " + std::string(route));
    groups.push_back(std::move(own));
  }
  return groups;
}

template <class Predicate>
RuleSet rules_where(const std::vector<LimitRule>& rules, RuleSet among, Predicate&& holds) {
  RuleSet found = 0;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto bit = RuleSet{1} << i;
    if ((among & bit) != 0 && holds(rules[i])) found |= bit;
  }
  return found;
}

}  // namespace

Policy::Policy(std::string_view route, std::vector<LimitRule> rules, unsigned address_factor)
    : route_(route), rules_(std::move(rules)) {
  if (rules_.empty()) throw std::invalid_argument("Policy: rules must not be empty");
  if (rules_.size() > max_rules) throw std::invalid_argument("Policy: rules must be at most 16");
  if (address_factor == 0) throw std::invalid_argument("Policy: address_factor must be positive");
  for (auto& rule : rules_) rule = limiter(std::move(rule));
  groups_ = make_groups(client_owner, route_, rules_, Per::client);
  address_groups_ = make_groups(address_owner, route_, rules_, Per::client, address_factor);
  key_groups_ = make_groups(key_owner, route_, rules_, std::nullopt);
  per_address_groups_ = make_groups(per_address_owner, route_, rules_, Per::address);
}

RuleSet Policy::rules_for(std::string_view method) const noexcept {
  return rules_where(rules_, ~RuleSet{0}, [&](const LimitRule& rule) {
    return rule.method.empty() || contains(rule.method, method) ||
           (method == "HEAD" && contains(rule.method, "GET"));
  });
}

RuleSet Policy::for_user(RuleSet rules, const std::optional<auth::Scope>& scope) const noexcept {
  return rules_where(rules_, rules, [&](const LimitRule& rule) {
    bool names_a_scope = false;
    for (const auto& name : rule.scopes) {
      if (name == user_name || name == anno_name) continue;
      names_a_scope = true;
      if (!scope || !contains(*scope, name)) return false;
    }
    return names_a_scope || rule.scopes.empty() || contains(rule.scopes, user_name);
  });
}

RuleSet Policy::for_any_user(RuleSet rules) const noexcept {
  return rules_where(rules_, rules, [](const LimitRule& rule) {
    return rule.scopes.empty() || std::any_of(rule.scopes.begin(), rule.scopes.end(),
                                              [](const auto& name) { return name != "anno"; });
  });
}

RuleSet Policy::for_anno(RuleSet rules) const noexcept {
  return rules_where(rules_, rules, [](const LimitRule& rule) {
    return rule.scopes.empty() || contains(rule.scopes, anno_name);
  });
}

RuleSet Policy::with_per(RuleSet rules, Per per) const noexcept {
  return rules_where(rules_, rules, [&](const LimitRule& rule) { return rule.per == per; });
}

RuleSet Policy::with_failure_policy(RuleSet rules, OnStoreFailure action) const noexcept {
  return rules_where(rules_, rules,
                     [&](const LimitRule& rule) { return rule.on_store_failure == action; });
}

void Policy::observe(Observer& observer) {
  std::vector<std::string> names(rules_.size());
  for (const auto* groups : {&groups_, &per_address_groups_})
    for (const auto& group : *groups)
      for (const auto& limit : group.limits) names[limit.rule] = limit.name;
  observer_ = observer.limits(route_, names);
}

}  // namespace webtool::throttle
