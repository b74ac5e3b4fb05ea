#include <webtool/throttle/base_limiter.hpp>

#include <gmock/gmock.h>

#include <functional>
#include <set>
#include <stdexcept>

#include "support/limit_rule.hpp"

namespace webtool::throttle {
namespace {

using namespace std::chrono_literals;
using test::rule;
using testing::ElementsAre;
using testing::HasSubstr;

LimitRule keyed(std::uint32_t max_requests, std::chrono::microseconds interval) {
  auto one = rule(max_requests, interval);
  one.throttle_key = "key";
  return one;
}

std::string refusal(std::vector<LimitRule> rules, unsigned factor = 20) {
  try {
    const Policy policy("GET /", std::move(rules), factor);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

std::vector<std::string> names(const Policy& policy) {
  std::vector<std::string> names;
  for (const auto& limit : policy.groups().at(0).limits) names.push_back(limit.name);
  return names;
}

TEST(Policy, RefusesWhatCannotBe) {
  EXPECT_THAT(refusal({}), HasSubstr("rules must not be empty"));
  EXPECT_EQ(refusal(std::vector<LimitRule>(16, rule())), "");
  EXPECT_THAT(refusal(std::vector<LimitRule>(17, rule())), HasSubstr("rules must be at most 16"));
  EXPECT_THAT(refusal({rule(), rule(0)}), HasSubstr("max_requests"));
  EXPECT_THAT(refusal({rule()}, 0), HasSubstr("address_factor"));
}

TEST(Policy, RefusesTwoRulesOnOneCounter) {
  EXPECT_THAT(refusal({keyed(10, 10s), keyed(10, 10s)}), HasSubstr("throttle_key"));
  EXPECT_EQ(refusal({keyed(10, 10s), keyed(11, 10s), keyed(10, 11s)}), "");
}

TEST(Policy, RulesOfTheRouteAreOneGroupAndEachKeyIsItsOwn) {
  const Policy policy("GET /", {rule(1), keyed(2, 1s), rule(3)});
  std::vector<std::vector<std::uint32_t>> rules;
  for (const auto& group : policy.groups()) {
    auto& numbers = rules.emplace_back();
    for (const auto& limit : group.limits) numbers.push_back(limit.rule);
  }
  EXPECT_THAT(rules, testing::UnorderedElementsAre(ElementsAre(0, 2), ElementsAre(1)));
}

TEST(Policy, AddressesHaveMoreRoom) {
  const Policy policy("GET /", {rule(10), keyed(7, 1s)}, 3);
  ASSERT_EQ(policy.address_groups().size(), policy.groups().size());
  for (std::size_t i = 0; i < policy.groups().size(); ++i) {
    const auto& own = policy.groups()[i];
    const auto& address = policy.address_groups()[i];
    EXPECT_NE(own.id, address.id);
    ASSERT_EQ(own.limits.size(), address.limits.size());
    EXPECT_EQ(own.limits[0].max_requests * 3, address.limits[0].max_requests);
    EXPECT_EQ(own.limits[0].rule, address.limits[0].rule);
    EXPECT_EQ(own.limits[0].name + "-by-address", address.limits[0].name);
  }
  LimitRule most = rule(1'000'000'000);
  most.algorithm = Algorithm::fixed_window;
  EXPECT_EQ(Policy("GET /", {most}, 20).address_groups()[0].limits[0].max_requests, 4'294'967'295u);
}

std::string id(const std::function<void(LimitRule&)>& change, std::string_view route = "GET /") {
  auto one = rule(10, 10s);
  change(one);
  return Policy(route, {one}).groups()[0].id;
}

// The id depends on everything that gives the state its meaning, and on nothing else.
TEST(Policy, AnIdChangesWithWhatItsStateMeans) {
  const auto same = [](LimitRule&) {};
  std::set<std::string> ids{
      id(same),
      id(same, "POST /"),
      id([](LimitRule& one) { one.max_requests = 11; }),
      id([](LimitRule& one) { one.interval += 1us; }),
      id([](LimitRule& one) { one.algorithm = Algorithm::gcra; }),
      id([](LimitRule& one) { one.algorithm = Algorithm::fixed_window; }),
      id([](LimitRule& one) { one.throttle_key = "GET /"; }),
      id([](LimitRule& one) { one.throttle_key = "route GET /"; }),
      Policy("GET /", {rule(10, 10s), rule(11, 11s)}).groups()[0].id,
      Policy("GET /", {rule(11, 11s), rule(10, 10s)}).groups()[0].id,
      Policy("GET /", {rule(10, 10s)}).address_groups()[0].id,
      Policy("GET /", {rule(10, 10s)}, 21).address_groups()[0].id,
  };
  EXPECT_EQ(ids.size(), 12u);
  for (const auto& one : ids) EXPECT_EQ(one.size(), 16u);
  EXPECT_EQ(id(same), id([](LimitRule& one) { one.name = "other"; }));
  EXPECT_EQ(id(same), id([](LimitRule& one) { one.cost = 5; }));
  EXPECT_EQ(id(same), id([](LimitRule& one) { one.shadow = true; }));
  EXPECT_EQ(id(same), id([](LimitRule& one) { one.on_store_failure = OnStoreFailure::deny; }));
  const auto keyed = [](LimitRule& one) { one.throttle_key = "key"; };
  EXPECT_EQ(id(keyed), id(keyed, "POST /"));
}

TEST(Policy, NamesAreTheirNumbersAndUnlikeEachOther) {
  auto named = rule();
  named.name = "burst";
  EXPECT_THAT(names(Policy("GET /", {rule(10, 10s), rule(5, 1'500ms), rule(1, 1'001us), named})),
              ElementsAre("10-per-10s", "5-per-1500ms", "1-per-1001us", "burst"));
  EXPECT_THAT(names(Policy("GET /", {rule(), rule(), named, named, rule()})),
              ElementsAre("10-per-10s", "10-per-10s-2", "burst", "burst-2", "10-per-10s-3"));
  // Also if a chosen name equals a generated one.
  auto taken = rule();
  taken.name = "10-per-10s-2";
  const auto all = names(Policy("GET /", {taken, rule(), rule()}));
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 3u);
}

TEST(Policy, RulesPerAddressAreGroupsOfTheirOwn) {
  auto address = rule(10, 10s);
  address.per = Per::address;
  const Policy mixed("GET /", {rule(10, 10s), address});
  ASSERT_EQ(mixed.per_address_groups().size(), 1u);
  EXPECT_EQ(mixed.per_address_groups()[0].limits[0].max_requests, 10u);
  EXPECT_EQ(mixed.per_address_groups()[0].limits[0].rule, 1u);
  EXPECT_EQ(mixed.with_per(0b11, Per::address), 0b10u);
  EXPECT_EQ(mixed.with_per(0b11, Per::client), 0b01u);
  // None of them shares a counter with a rule per client.
  EXPECT_NE(mixed.per_address_groups()[0].id, mixed.groups()[0].id);
  EXPECT_NE(mixed.per_address_groups()[0].id, mixed.address_groups()[0].id);
  const Policy alone("GET /", {address});
  EXPECT_TRUE(alone.groups().empty() && alone.address_groups().empty());
  EXPECT_EQ(attempt(alone, {"name", "ann"}).counters.size(), 1u);
  EXPECT_EQ(attempt(mixed, {"name", "ann"}).counters.size(), 2u);
}

TEST(Policy, CountsByMethod) {
  auto get = rule();
  get.method = {"GET"};
  auto writes = rule();
  writes.method = {"POST", "PUT"};
  const Policy policy("/", {rule(), get, writes});
  EXPECT_EQ(policy.rules_for("GET"), 0b011u);
  EXPECT_EQ(policy.rules_for("HEAD"), 0b011u);
  EXPECT_EQ(policy.rules_for("PUT"), 0b101u);
  EXPECT_EQ(policy.rules_for("DELETE"), 0b001u);
  EXPECT_EQ(policy.rules_for("get"), 0b001u);
}

TEST(Policy, CountsByScope) {
  const auto with = [](auth::Scope scopes) {
    auto one = rule();
    one.scopes = std::move(scopes);
    return one;
  };
  const Policy policy(
      "/", {rule(), with({"user"}), with({"anno"}), with({"user", "anno"}), with({"read", "write"}),
            with({"anno", "read"}), with({"user", "write"}), with({"write", "user", "anno"})});
  const RuleSet all = ~RuleSet{0};
  EXPECT_EQ(policy.for_anno(all), 0b10101101u);
  EXPECT_EQ(policy.for_user(all, std::nullopt), 0b00001011u);
  EXPECT_EQ(policy.for_user(all, auth::Scope{}), 0b00001011u);
  EXPECT_EQ(policy.for_user(all, auth::Scope{"write"}), 0b11001011u);
  EXPECT_EQ(policy.for_user(all, auth::Scope{"other", "read"}), 0b00101011u);
  EXPECT_EQ(policy.for_user(all, auth::Scope{"write", "read"}), 0b11111011u);
  // A scope called "anno" or "user" in a token has no effect: only the service decides about these.
  EXPECT_EQ(policy.for_user(all, auth::Scope{"anno"}), 0b00001011u);
  EXPECT_EQ(policy.for_user(all, auth::Scope{"anno", "user", "read"}), 0b00101011u);
  EXPECT_EQ(policy.for_user(all, auth::Scope{"read write"}), 0b00001011u);
  EXPECT_EQ(policy.for_user(0b10, std::nullopt), 0b10u);
  EXPECT_EQ(policy.for_anno(0b10), 0u);
}

TEST(Policy, TellsWhatEachDoesWhenTheStoreFails) {
  auto allow = rule();
  allow.on_store_failure = OnStoreFailure::allow;
  auto deny = rule();
  deny.on_store_failure = OnStoreFailure::deny;
  const Policy policy("/", {rule(), allow, deny, deny});
  EXPECT_EQ(policy.with_failure_policy(~RuleSet{0}, OnStoreFailure::local), 0b0001u);
  EXPECT_EQ(policy.with_failure_policy(~RuleSet{0}, OnStoreFailure::allow), 0b0010u);
  EXPECT_EQ(policy.with_failure_policy(0b0111, OnStoreFailure::deny), 0b0100u);
}

}  // namespace
}  // namespace webtool::throttle
