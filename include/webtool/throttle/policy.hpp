// All rules of a route, in the form that limiters use. Rules that are counted together form a
// group, with one state under one key. A policy is made once, when the route is declared.
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

/// A rule in the form that limiters use.
struct Limit {
  Algorithm algorithm{};
  std::uint32_t max_requests{};
  std::int64_t interval{};  ///< microseconds
  std::uint32_t cost{};
  bool shadow{};
  std::uint32_t rule{};  ///< the index of the rule in the policy
  std::string name{};    ///< for headers and metrics
};

/// The layout of a group's state in webtool's own limiters; see src/throttle/layout.hpp.
struct Layout;

/// Limits that share a state. `id` is a digest of all values that define the state's meaning. So a
/// changed policy starts with new states and does not read the old ones.
struct Group {
  std::string id{};  ///< 16 characters of base64url
  std::vector<Limit> limits{};
  std::shared_ptr<const Layout> layout{};  ///< only for webtool's own limiters
};

/// Some of a policy's rules: bit i is rule i.
using RuleSet = std::uint32_t;

class Policy {
 public:
  /// At most this many rules.
  static constexpr std::size_t max_rules = 16;

  /// `route` ("GET /api/1/") separates the counters of this route from those of other routes. All
  /// anonymous sessions of an address together have `address_factor` times the room of one session;
  /// LimitMiddleware::policy takes the factor from the middleware's backend. Throws
  /// std::invalid_argument if there are no rules or more than max_rules, if a rule is invalid, or
  /// if two rules would share a counter by their throttle_key.
  Policy(std::string_view route, std::vector<LimitRule> rules, unsigned address_factor = 1);

  [[nodiscard]] const std::string& route() const noexcept { return route_; }
  [[nodiscard]] const std::vector<LimitRule>& rules() const noexcept { return rules_; }
  /// The groups of the rules with Per::client.
  [[nodiscard]] const std::vector<Group>& groups() const noexcept { return groups_; }
  /// As `groups`, with address_factor times the room, for all anonymous sessions of an address.
  [[nodiscard]] const std::vector<Group>& address_groups() const noexcept {
    return address_groups_;
  }
  /// The groups of all rules, for requests that are counted under a key; see RuleKey.
  [[nodiscard]] const std::vector<Group>& key_groups() const noexcept { return key_groups_; }
  /// The groups of the rules with Per::address.
  [[nodiscard]] const std::vector<Group>& per_address_groups() const noexcept {
    return per_address_groups_;
  }

  /// Returns the rules that count requests of that method, for any client.
  [[nodiscard]] RuleSet rules_for(std::string_view method) const noexcept;
  /// Returns the rules among `rules` that count a user whose good token has that scope.
  [[nodiscard]] RuleSet for_user(RuleSet rules,
                                 const std::optional<auth::Scope>& scope) const noexcept;
  /// Returns the rules among `rules` that count some users, for any scope.
  [[nodiscard]] RuleSet for_any_user(RuleSet rules) const noexcept;
  /// Returns the rules among `rules` that count clients without a good token.
  [[nodiscard]] RuleSet for_anno(RuleSet rules) const noexcept;
  /// Returns the rules among `rules` with that `per`.
  [[nodiscard]] RuleSet with_per(RuleSet rules, Per per) const noexcept;
  /// Returns the rules among `rules` with that `on_store_failure`.
  [[nodiscard]] RuleSet with_failure_policy(RuleSet rules, OnStoreFailure action) const noexcept;

  /// Reports the outcomes of requests under this policy to `observer`.
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
