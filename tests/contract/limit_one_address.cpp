// What one address can do, with whatever cookies and tokens it has. docs/guides/limits.md has
// these numbers.
#include "contract/limit_middleware.hpp"
#include "support/limit_rule.hpp"

namespace webtool::throttle {
namespace {

using Stores = testing::Types<LimitsInMemory, LimitsOnRedis>;

template <class Where>
class LimitOneAddress : public LimitMiddlewareContract<Where> {
 protected:
  static constexpr const char* home = "192.0.2.1";
  static constexpr int many = 60;  // more than anything is allowed

  /// Returns how many of `count` requests with that cookie pass.
  int with_cookie(const Policy& limits, const std::string& cookie, int count = many) {
    int sum = 0;
    for (int i = 0; i < count; ++i)
      sum += this->ask(cookie.empty() ? this->from(home) : this->with("cookie", cookie, home),
                       limits, this->middleware)
                 .passed;
    return sum;
  }
  /// Returns the cookies that an address without cookies gets for `count` requests.
  std::vector<std::string> cookies_of(const Policy& limits, const std::string& address,
                                      int count = many) {
    std::vector<std::string> cookies;
    for (int i = 0; i < count; ++i) {
      const auto verdict = this->ask(this->from(address.c_str()), limits, this->middleware);
      const auto cookie = cookie_of(verdict);
      if (!verdict.passed) {
        EXPECT_EQ(cookie, "");
      }
      if (!cookie.empty()) cookies.push_back(cookie);
    }
    return cookies;
  }
  int with_all(const Policy& limits, const std::vector<std::string>& cookies) {
    int sum = 0;
    for (const auto& cookie : cookies) sum += with_cookie(limits, cookie);
    return sum;
  }
  /// Returns cookies of other addresses.
  std::vector<std::string> stolen() {
    std::vector<std::string> cookies;
    for (int i = 0; i < 8; ++i)
      for (auto& cookie : cookies_of(this->policy, "198.51.100." + std::to_string(i), 1))
        cookies.push_back(std::move(cookie));
    return cookies;
  }

  int dropped(const Policy& limits) { return with_cookie(limits, ""); }
  int kept(const Policy& limits) {
    const auto cookies = cookies_of(limits, home, 1);
    return 1 + (cookies.empty() ? dropped(limits) : with_cookie(limits, cookies.front()));
  }
  int forged(const Policy& limits) {
    return with_cookie(limits, "th-session=AAAAAAAAAAAAAAAAAAAAAA.1700000000.A", many) +
           with_cookie(limits, "th-session=victim", many);
  }
  int hoarded(const Policy& limits) {
    int sum = 0;
    std::vector<std::string> cookies;
    for (int i = 0; i < many; ++i) {
      const auto verdict = this->ask(this->from(home), limits, this->middleware);
      sum += verdict.passed;
      if (const auto cookie = cookie_of(verdict); !cookie.empty()) cookies.push_back(cookie);
    }
    return sum + with_all(limits, cookies);
  }
  int hoarded_for_long(const Policy& limits) {
    std::vector<std::string> cookies;
    for (int window = 0; window < 8; ++window) {
      for (auto& cookie : cookies_of(limits, home)) cookies.push_back(std::move(cookie));
      this->clock.advance(1h);
    }
    return dropped(limits) + with_all(limits, cookies);
  }
  int with_stolen(const Policy& limits) { return with_all(limits, stolen()); }
  int with_everything(const Policy& limits) {
    const auto others = stolen();
    return hoarded_for_long(limits) + with_all(limits, others) + forged(limits);
  }

  /// Returns how many requests pass if the address drops its cookies, keeps, forges, hoards, hoards
  /// for long, steals, or does all of that; in this order.
  std::vector<int> measure(const std::vector<LimitRule>& rules) {
    using Way = int (LimitOneAddress::*)(const Policy&);
    std::vector<int> passed;
    for (const Way way :
         {&LimitOneAddress::dropped, &LimitOneAddress::kept, &LimitOneAddress::forged,
          &LimitOneAddress::hoarded, &LimitOneAddress::hoarded_for_long,
          &LimitOneAddress::with_stolen, &LimitOneAddress::with_everything}) {
      const auto limits = this->middleware.policy("GET /" + std::to_string(++routes_), rules);
      passed.push_back((this->*way)(limits));
      this->clock.advance(24h);
    }
    return passed;
  }

 private:
  int routes_ = 0;
};

TYPED_TEST_SUITE(LimitOneAddress, Stores);

using Numbers = std::vector<int>;
const Numbers as_a_client{10, 10, 10, 50, 50, 50, 50};
const Numbers as_an_address{10, 10, 10, 10, 10, 10, 10};

TYPED_TEST(LimitOneAddress, DoesTheSameUnderEachAlgorithm) {
  for (const auto algorithm : test::algorithms) {
    auto rule = limiter({.max_requests = 10, .interval = 10s, .algorithm = algorithm});
    EXPECT_EQ(this->measure({rule}), as_a_client);
    rule.per = Per::address;
    EXPECT_EQ(this->measure({rule}), as_an_address);
  }
}

TYPED_TEST(LimitOneAddress, DoesTheSameUnderSeveralRulesAKeyOrACost) {
  const auto rule = limiter({.max_requests = 10, .interval = 10s});
  const auto roomy = limiter({.max_requests = 40, .interval = 60s});
  auto address = rule;
  address.per = Per::address;
  EXPECT_EQ(this->measure({rule, roomy}), as_a_client);
  EXPECT_EQ(this->measure({address, roomy}), as_an_address);
  EXPECT_EQ(this->measure({roomy, address}), as_an_address);
  auto keyed = rule;
  keyed.throttle_key = "key";
  EXPECT_EQ(this->measure({keyed}).front(), 10);
  keyed.per = Per::address;
  keyed.throttle_key = "other key";
  EXPECT_EQ(this->measure({keyed}).back(), 10);
  auto dear = rule;
  dear.cost = 2;
  EXPECT_EQ(this->measure({dear}), (Numbers{5, 5, 5, 25, 25, 25, 25}));
  dear.per = Per::address;
  EXPECT_EQ(this->measure({dear}), (Numbers{5, 5, 5, 5, 5, 5, 5}));
}

TYPED_TEST(LimitOneAddress, SharesAKeyAcrossRoutes) {
  auto rule = limiter({.max_requests = 10, .interval = 10s, .throttle_key = "search"});
  const auto both = [&] {
    const auto first = this->middleware.policy("GET /first", {rule});
    const auto second = this->middleware.policy("GET /second", {rule});
    const auto sum = this->hoarded(first) + this->hoarded(second);
    this->clock.advance(1h);
    return sum;
  };
  EXPECT_EQ(both(), 50);
  rule.per = Per::address;
  EXPECT_EQ(both(), 10);
}

TYPED_TEST(LimitOneAddress, IsHeldToARuleForAddressesWhateverTokensItHas) {
  const auto limits = this->middleware.policy(
      "POST /login", {limiter({.max_requests = 10, .interval = 10s, .per = Per::address})});
  int passed = this->with_cookie(limits, "", 4);
  for (int i = 0; i < 10; ++i) {
    const auto access = this->tokens_of("user" + std::to_string(i)).access;
    for (int k = 0; k < 3; ++k) {
      const auto verdict = this->ask(this->as(access), limits, this->middleware);
      passed += verdict.passed;
      EXPECT_TRUE(verdict.auth || !verdict.passed);
      EXPECT_EQ(field(verdict, "set-cookie"), "");
    }
  }
  EXPECT_EQ(passed, 10);
  EXPECT_TRUE(this->ask(this->from("203.0.113.5"), limits, this->middleware).passed);
}

// A request of a user is charged to two identities. If one denies, the other is not charged.
TYPED_TEST(LimitOneAddress, IsChargedTogetherWithAUserOrNotAtAll) {
  const auto limits = this->middleware.policy(
      "POST /transfer",
      {limiter({.max_requests = 3, .interval = 10s, .name = "user"}),
       limiter({.max_requests = 5, .interval = 10s, .per = Per::address, .name = "address"})});
  const auto ask = [&](const std::string& access, const char* address) {
    auto request = this->as(access);
    request.address = boost::asio::ip::make_address(address);
    return this->ask(request, limits, this->middleware);
  };
  const auto ann = this->tokens_of("ann").access, ben = this->tokens_of("ben").access;
  const auto first = ask(ann, "192.0.2.1");
  EXPECT_EQ(field(first, "ratelimit-policy"), "\"user\";q=3;w=10, \"address\";q=5;w=10");
  EXPECT_EQ(field(first, "ratelimit"), "\"user\";r=2;t=10");
  EXPECT_TRUE(first.auth);
  int passed = 1;
  for (int i = 0; i < 20; ++i) passed += ask(ann, "192.0.2.1").passed;
  EXPECT_EQ(passed, 3);
  passed = 0;
  for (int i = 0; i < 20; ++i) passed += ask(ben, "192.0.2.1").passed;
  EXPECT_EQ(passed, 2);  // ann's refusals have cost the address nothing
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(ben, "192.0.2.1").status, 429u);
  EXPECT_TRUE(ask(ben, "203.0.113.5").passed);  // nor have the address's cost ben anything
  EXPECT_FALSE(ask(ben, "203.0.113.5").passed);
}

TYPED_TEST(LimitOneAddress, IsChargedForARevokedTokenAsForNone) {
  const auto limits = this->middleware.policy(
      "POST /transfer", {limiter({.max_requests = 20, .interval = 10s}),
                         limiter({.max_requests = 5, .interval = 10s, .per = Per::address})});
  const auto old = this->tokens_of("ann");
  ASSERT_TRUE(this->loop.run(this->service->update_token({}, old.refresh)).has_value());
  int passed = 0;
  for (int i = 0; i < 9; ++i) {
    const auto verdict = this->ask(this->as(old.access), limits, this->middleware);
    passed += verdict.passed;
    EXPECT_FALSE(verdict.auth);
    if (verdict.passed) {
      EXPECT_EQ(verdict.auth_error, auth::TokenError::revoked);
    }
  }
  EXPECT_EQ(passed, 5);
}

// Three identities in one request: a key, the user and the address.
TYPED_TEST(LimitOneAddress, IsChargedUnderAKeyTogetherWithTheRest) {
  const auto limits = this->middleware.policy(
      "POST /pay",
      {limiter({.max_requests = 4, .interval = 10s, .name = "key"}),
       limiter({.max_requests = 3, .interval = 10s, .name = "user"}),
       limiter({.max_requests = 5, .interval = 10s, .per = Per::address, .name = "address"})});
  const auto ask = [&](const std::string& access, std::vector<RuleKey> keys, const char* address) {
    auto request = access.empty() ? this->from(address) : this->as(access);
    request.address = boost::asio::ip::make_address(address);
    return this->loop.run(this->middleware.check(request, limits, std::move(keys)));
  };
  const auto passed = [&](const std::string& access, const std::string& key, const char* address) {
    int sum = 0;
    for (int i = 0; i < 9; ++i) sum += ask(access, {{0b001, key}}, address).passed;
    return sum;
  };
  const auto ann = this->tokens_of("ann").access, ben = this->tokens_of("ben").access;
  EXPECT_EQ(passed(ann, "red", "192.0.2.1"), 3);     // ann's three
  EXPECT_EQ(passed(ben, "red", "192.0.2.1"), 1);     // the key's fourth
  EXPECT_EQ(passed(ben, "blue", "192.0.2.1"), 1);    // the address's fifth
  EXPECT_EQ(passed(ben, "blue", "203.0.113.5"), 1);  // ben's third
  EXPECT_EQ(passed("", "blue", "203.0.113.5"), 2);   // the key's fourth
  // Without a key, the rule counts the client. Of two keys, the first one counts.
  const auto without = ask("", {}, "198.51.100.9");
  EXPECT_EQ(field(without, "ratelimit-policy").substr(0, 10), "\"key\";q=4;");
  EXPECT_FALSE(ask("", {{0b001, "red"}, {0b001, "green"}}, "198.51.100.9").passed);
  EXPECT_TRUE(ask("", {{0b001, "green"}, {0b001, "red"}}, "198.51.100.9").passed);
  // If all rules have a key, no other identity is charged and no cookie is set.
  const auto all = ask("", {{0b111, "yellow"}}, "198.51.100.9");
  EXPECT_TRUE(all.passed);
  EXPECT_EQ(field(all, "set-cookie"), "");
}

TYPED_TEST(LimitOneAddress, NeedsNoCookieForARuleForAddresses) {
  const auto limits = this->middleware.policy(
      "POST /login", {limiter({.max_requests = 10, .interval = 10s, .per = Per::address})});
  EXPECT_TRUE(this->cookies_of(limits, "192.0.2.1", 3).empty());
}

}  // namespace
}  // namespace webtool::throttle
