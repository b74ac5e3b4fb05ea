// All rules of a route, put into the shape in which limiters count: rules that are counted together
// are a group, with one state on one key. A policy is made once, when the route is declared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/core/observer.hpp>
#include <webtool/throttle/rule.hpp>

namespace webtool::throttle {

/// A rule as limiters see it.
struct Limit {
  Algorithm algorithm{};
  std::uint32_t max_requests{};
  std::int64_t interval{};  ///< microseconds
  std::uint32_t cost{};
  bool shadow{};
  std::uint32_t rule{};  ///< its place in the policy
  std::string name{};    ///< in headers and metrics
};

/// How webtool's own limiters keep a group's state; see src/throttle/layout.hpp.
struct Layout;

/// Limits that share a state. Its `id` is a digest of all that gives the state its meaning, so that
/// a policy that has changed starts anew and does not read the old one's state.
struct Group {
  std::string id{};  ///< 16 characters of base64url
  std::vector<Limit> limits{};
  std::shared_ptr<const Layout> layout{};  ///< of no use to other limiters
};

/// Some of a policy's rules: bit i is rule i.
using RuleSet = std::uint32_t;

class Policy {
 public:
  /// At most this many rules.
  static constexpr std::size_t max_rules = 16;

  /// `route` tells the counters of one route from those of others ("GET /api/1/"). All anonymous
  /// sessions of an address together have `address_factor` times the room of one;
  /// LimitMiddleware::policy takes it from the middleware's backend.
  /// Throws std::invalid_argument for no rules, too many, an impossible one, or two that are to
  /// share a counter by their throttle_key.
  Policy(std::string_view route, std::vector<LimitRule> rules, unsigned address_factor = 1);

  [[nodiscard]] const std::string& route() const noexcept { return route_; }
  [[nodiscard]] const std::vector<LimitRule>& rules() const noexcept { return rules_; }
  /// The groups of rules that are Per::client, as the rules have them.
  [[nodiscard]] const std::vector<Group>& groups() const noexcept { return groups_; }
  /// The same with address_factor times the room, for all anonymous sessions of an address.
  [[nodiscard]] const std::vector<Group>& address_groups() const noexcept {
    return address_groups_;
  }
  /// The groups of all rules, for requests that are counted under a key; see RuleKey.
  [[nodiscard]] const std::vector<Group>& key_groups() const noexcept { return key_groups_; }
  /// The groups of rules that are Per::address.
  [[nodiscard]] const std::vector<Group>& per_address_groups() const noexcept {
    return per_address_groups_;
  }

  /// The rules that count requests of that method, for anyone.
  [[nodiscard]] RuleSet rules_for(std::string_view method) const noexcept;
  /// Those of `rules` that count someone with a good token of that scope.
  [[nodiscard]] RuleSet for_user(RuleSet rules,
                                 const std::optional<auth::Scope>& scope) const noexcept;
  /// Those of `rules` that count some users, whatever their scope.
  [[nodiscard]] RuleSet for_any_user(RuleSet rules) const noexcept;
  /// Those of `rules` that count someone without.
  [[nodiscard]] RuleSet for_anno(RuleSet rules) const noexcept;
  /// Those of `rules` that are of that kind.
  [[nodiscard]] RuleSet that_are(RuleSet rules, Per per) const noexcept;
  /// Those of `rules` that do this when the store fails.
  [[nodiscard]] RuleSet with_failure_policy(RuleSet rules, OnStoreFailure what) const noexcept;

  /// Has `observer` told of what becomes of requests under this policy.
  void observe(Observer& observer);
  [[nodiscard]] LimitObserver* observer() const noexcept { return observer_.get(); }

 private:
  std::string route_;
  std::vector<LimitRule> rules_;
  std::vector<Group> groups_;
  std::vector<Group> address_groups_;
  std::vector<Group> per_address_groups_;
  std::vector<Group> key_groups_;
  std::shared_ptr<LimitObserver> observer_;
};

}  // namespace webtool::throttle
