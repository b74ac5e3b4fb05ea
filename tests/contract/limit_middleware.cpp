// What a client may do, and what it cannot gain.
#include "contract/limit_middleware.hpp"

#include <random>

namespace webtool::throttle {
namespace {

using Stores = testing::Types<LimitsInMemory, LimitsOnRedis>;
TYPED_TEST_SUITE(LimitMiddlewareContract, Stores);

TYPED_TEST(LimitMiddlewareContract, CountsTheFirstRequest) {
  const auto first = this->ask(this->from("192.0.2.1"));
  ASSERT_TRUE(first.passed);
  EXPECT_EQ(field(first, "ratelimit"), "\"10-per-10s\";r=9;t=10");
  const auto cookie = cookie_of(first);
  ASSERT_FALSE(cookie.empty());
  EXPECT_EQ(this->passed(this->with("cookie", cookie), 30), this->limit - 1);
}

TYPED_TEST(LimitMiddlewareContract, HandsOutNoCookieToThoseWhoHaveOne) {
  const auto cookie = cookie_of(this->ask(this->from("192.0.2.1")));
  EXPECT_EQ(cookie_of(this->ask(this->with("cookie", cookie))), "");
  this->clock.advance(std::chrono::hours(24 * 8));  // past half of its age
  EXPECT_NE(cookie_of(this->ask(this->with("cookie", cookie))), "");
}

TYPED_TEST(LimitMiddlewareContract, GivesNothingToThoseWhoDropTheCookie) {
  EXPECT_EQ(this->passed(this->from("192.0.2.1"), 1000), this->limit);
  EXPECT_EQ(this->passed(this->from("192.0.2.2"), 1), 1);
}

TYPED_TEST(LimitMiddlewareContract, GivesNothingToThoseWhoMakeUpCookies) {
  std::mt19937_64 random(testing::UnitTest::GetInstance()->random_seed());
  int passed = 0;
  const auto good = cookie_of(this->ask(this->from("198.51.100.7")));
  for (int i = 0; i < 1000; ++i) {
    auto cookie = good;
    cookie[11 + random() % 22] ^= 1;  // an id of somebody's making
    passed += this->ask(this->with("cookie", cookie)).passed;
  }
  EXPECT_EQ(passed, this->limit);
}

TYPED_TEST(LimitMiddlewareContract, GivesNothingToMalformedCookies) {
  const char* cookies[] = {"th-session=victim",          "th-session=",   "x=a=b; th-session=fix",
                           "th-session=a; th-session=b", "th-session=..", ";;;=,\x01\xff"};
  int passed = 0;
  for (int i = 0; i < 1000; ++i) passed += this->ask(this->with("cookie", cookies[i % 6])).passed;
  EXPECT_EQ(passed, this->limit);
}

TYPED_TEST(LimitMiddlewareContract, TakesNoCookieForAUser) {
  const auto victim = this->tokens_of("victim").access;
  EXPECT_EQ(this->passed(this->with("cookie", "th-session=victim"), 1000), this->limit);
  EXPECT_EQ(this->passed(this->as(victim), 30), this->limit);
}

TYPED_TEST(LimitMiddlewareContract, TakesNoUserForAnAddress) {
  // A user's name may look like an address.
  const auto user = this->tokens_of("192.0.2.1").access;
  EXPECT_EQ(this->passed(this->as(user), 30), this->limit);
  EXPECT_EQ(this->passed(this->from("192.0.2.1"), 30), this->limit);
}

TYPED_TEST(LimitMiddlewareContract, TakesBadTokensForAnonymous) {
  auto forged = this->tokens_of("victim").access;
  forged[forged.size() - 2] ^= 1;
  const std::string values[] = {"Bearer " + forged, "Bearer",      "Bearer a.b.c",
                                "Basic dTpw",       "Bearer \xff", ""};
  int passed = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto verdict = this->ask(this->with("authorization", values[i % 6]));
    passed += verdict.passed;
    EXPECT_FALSE(verdict.auth);
  }
  EXPECT_EQ(passed, this->limit);
}

TYPED_TEST(LimitMiddlewareContract, BelievesNoForwardedForOfStrangers) {
  int passed = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto forged = "10.0.0." + std::to_string(i % 256);
    passed += this->ask(this->with("x-forwarded-for", forged)).passed;
    passed += this->ask(this->with("forwarded", "for=" + forged)).passed;
  }
  EXPECT_EQ(passed, this->limit);
}

TYPED_TEST(LimitMiddlewareContract, BelievesTheRightmostHopOfATrustedProxy) {
  LimitMiddlewareOptions options;
  options.client_address = auth::ClientAddress({{"127.0.0.0/8"}});
  LimitMiddleware behind_proxy(this->where.limiter, options);
  int passed = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto hops = "10.0.0." + std::to_string(i % 256) + ", 203.0.113.9";
    const auto request = this->with("x-forwarded-for", hops, "127.0.0.1");
    passed += this->ask(request, this->policy, behind_proxy).passed;
  }
  EXPECT_EQ(passed, this->limit);
  const auto other = this->with("x-forwarded-for", "203.0.113.10", "127.0.0.1");
  EXPECT_TRUE(this->ask(other, this->policy, behind_proxy).passed);
}

TYPED_TEST(LimitMiddlewareContract, TakesASlash64ForOneAddress) {
  int passed = 0;
  for (int i = 0; i < 100; ++i) {
    const auto address = "2001:db8::" + std::to_string(i + 1);
    passed += this->ask(this->from(address.c_str())).passed;
  }
  EXPECT_EQ(passed, this->limit);
  EXPECT_TRUE(this->ask(this->from("2001:db8:0:1::1")).passed);
}

TYPED_TEST(LimitMiddlewareContract, HandsOutNoCookieWithARefusal) {
  const auto cookie = cookie_of(this->ask(this->from("192.0.2.1")));
  EXPECT_EQ(this->passed(this->from("192.0.2.1"), 20), this->limit - 1);
  for (int i = 0; i < 20; ++i) {
    const auto refused = this->ask(this->from("192.0.2.1"));
    EXPECT_EQ(refused.status, 429u);
    EXPECT_EQ(field(refused, "set-cookie"), "");
  }
  EXPECT_EQ(field(this->ask(this->with("cookie", "th-session=forged")), "set-cookie"), "");
  // A denied request does not renew a cookie either.
  this->clock.advance(std::chrono::hours(24 * 8));
  EXPECT_EQ(this->passed(this->with("cookie", cookie), 20), this->limit);
  EXPECT_EQ(field(this->ask(this->with("cookie", cookie)), "set-cookie"), "");
}

TYPED_TEST(LimitMiddlewareContract, ChargesAStolenCookieToTheThiefsAddress) {
  const auto cookie = cookie_of(this->ask(this->from("192.0.2.1")));
  EXPECT_EQ(this->passed(this->with("cookie", cookie, "203.0.113.5"), 50), this->limit);
  EXPECT_EQ(this->passed(this->with("cookie", cookie), 50), this->limit - 1);
}

TYPED_TEST(LimitMiddlewareContract, ChargesUsersWhereverTheyAre) {
  const auto access = this->tokens_of("u").access;
  const auto verdict = this->ask(this->as(access));
  ASSERT_TRUE(verdict.auth);
  EXPECT_EQ(verdict.auth->identifier, "u");
  EXPECT_EQ(field(verdict, "set-cookie"), "");
  const auto elsewhere =
      this->with("authorization", "Bearer " + this->tokens_of("u").access, "203.0.113.5");
  EXPECT_EQ(this->passed(elsewhere, 30), this->limit - 1);
}

class CountingManager final : public auth::BaseJWTManager {
 public:
  std::string encode(const auth::ClaimsSet& claims, auth::TokenType type) override {
    return manager_.encode(claims, type);
  }
  result<auth::Claims> decode(std::string_view token, auth::TokenType type, Timestamp now,
                              auth::Expiry expiry) override {
    ++decoded;
    return manager_.decode(token, type, now, expiry);
  }
  int decoded = 0;

 private:
  auth::JWTManager manager_{jose::Key::from_secret("a secret of at least 32 bytes, it says")};
};

TYPED_TEST(LimitMiddlewareContract, VerifiesATokenOnceAndSaysWhatCameOfIt) {
  const auto manager = std::make_shared<CountingManager>();
  auto options = test::token_options(this->clock.clock());
  options.secret_key.reset();
  options.jwt_manager = manager;
  const auto counted = this->where.make(std::move(options));
  auth::JWTBackend by_token(*counted);
  LimitMiddleware counting(this->where.limiter, {.auth_backend = &by_token});
  const auto old = this->tokens_of("u");
  const auto pair = this->loop.run(this->service->update_token({}, old.refresh));
  auto forged = pair->access;
  auto& byte = forged[forged.size() - 2];
  byte = byte == 'A' ? 'B' : 'A';  // still a token's alphabet, or nobody would decode it

  const auto good = this->ask(this->as(pair->access), this->policy, counting);
  ASSERT_TRUE(good.auth);
  EXPECT_EQ(good.auth->identifier, "u");
  EXPECT_FALSE(good.auth_error);
  EXPECT_EQ(this->ask(this->as(old.access), this->policy, counting).auth_error,
            auth::TokenError::revoked);
  EXPECT_EQ(manager->decoded, 2);
  const auto bad = this->ask(this->as(forged), this->policy, counting);
  EXPECT_FALSE(bad.auth);
  EXPECT_TRUE(bad.auth_error);
  EXPECT_EQ(manager->decoded, 3);
  EXPECT_EQ(this->ask(this->from("192.0.2.1"), this->policy, counting).auth_error,
            auth::TokenError::no_credentials);
}

TYPED_TEST(LimitMiddlewareContract, ChargesNothingToTheUserOfARevokedToken) {
  const auto old = this->tokens_of("u");
  const auto pair = this->loop.run(this->service->update_token({}, old.refresh));
  ASSERT_TRUE(pair.has_value());
  EXPECT_EQ(this->passed(this->as(old.access), 100), this->limit);  // as its address
  EXPECT_FALSE(this->ask(this->as(old.access)).auth);
  EXPECT_EQ(this->passed(this->as(pair->access), 100), this->limit);
}

TYPED_TEST(LimitMiddlewareContract, CountsThoseWhomARulesScopesName) {
  const auto rule = [](auth::Scope scopes) {
    return limiter({.max_requests = 1, .interval = 10s, .scopes = std::move(scopes)});
  };
  const auto plain = this->as(this->tokens_of("plain").access);
  const auto reader = this->as(this->tokens_of("reader", auth::Scope{"read", "write"}).access);
  const auto liar = this->as(this->tokens_of("liar", auth::Scope{"anno"}).access);
  const auto anonymous = this->from("192.0.2.1");
  const auto limits = [&](const test::FakeRequest& request, const Policy& rules) {
    (void)this->ask(request, rules, this->middleware);
    return !this->ask(request, rules, this->middleware).passed;
  };
  const Policy users("users", {rule({"user"})});
  EXPECT_TRUE(limits(plain, users) && limits(reader, users) && !limits(anonymous, users));
  const Policy strangers("strangers", {rule({"anno"})});
  EXPECT_TRUE(!limits(plain, strangers) && limits(anonymous, strangers));
  EXPECT_FALSE(limits(liar, strangers));
  const Policy both("both", {rule({"anno", "user"})});
  EXPECT_TRUE(limits(plain, both) && limits(anonymous, both));
  const Policy everyone("everyone", {rule({})});
  EXPECT_TRUE(limits(plain, everyone) && limits(anonymous, everyone));
  for (const auto& scopes : {auth::Scope{"read"}, auth::Scope{"user", "write"},
                             auth::Scope{"write", "read"}, auth::Scope{"read", "user", "write"}}) {
    const Policy readers("readers", {rule(scopes)});
    EXPECT_TRUE(limits(reader, readers) && !limits(plain, readers) && !limits(anonymous, readers));
  }
  const Policy most("most", {rule({"anno", "write"})});
  EXPECT_TRUE(limits(reader, most) && !limits(plain, most) && limits(anonymous, most));
  const Policy none("none", {rule({"read", "admin"})});
  EXPECT_TRUE(!limits(reader, none) && !limits(plain, none) && !limits(anonymous, none));
}

TYPED_TEST(LimitMiddlewareContract, AnswersWhatTheDraftAndTheRfcsSay) {
  const Policy two("two", {limiter({.max_requests = 2, .interval = 1500ms, .name = "burst"}),
                           limiter({.max_requests = 100, .interval = 1h, .name = "hourly"})});
  const auto request = this->from("192.0.2.1");
  const auto first = this->ask(request, two, this->by_address);
  EXPECT_EQ(field(first, "ratelimit-policy"), "\"burst\";q=2;w=2, \"hourly\";q=100;w=3600");
  EXPECT_EQ(field(first, "ratelimit"), "\"burst\";r=1;t=2");
  EXPECT_EQ(field(first, "x-ratelimit-limit"), "2");
  EXPECT_EQ(field(first, "x-ratelimit-remaining"), "1");
  EXPECT_EQ(field(first, "x-ratelimit-reset"), "2");
  EXPECT_EQ(field(first, "retry-after"), "");
  EXPECT_EQ(field(first, "set-cookie"), "");
  (void)this->ask(request, two, this->by_address);
  this->clock.advance(700ms);
  const auto third = this->ask(request, two, this->by_address);
  ASSERT_FALSE(third.passed);
  EXPECT_EQ(third.status, 429u);
  EXPECT_EQ(field(third, "ratelimit"), "\"burst\";r=0;t=1");
  EXPECT_EQ(field(third, "retry-after"), "1");
  EXPECT_EQ(field(third, "cache-control"), "no-store");
  EXPECT_EQ(field(third, "content-type"), "application/problem+json");
  EXPECT_EQ(third.body,
            "{\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\","
            "\"title\":\"Too Many Requests\",\"status\":429,\"violated-policies\":[\"burst\"]}");
  this->clock.advance(1s);  // as long as it was told to wait
  const auto fourth = this->ask(request, two, this->by_address);
  EXPECT_TRUE(fourth.passed);
  // Two requests passed, and two were charged to the other rule.
  EXPECT_EQ(field(fourth, "ratelimit"), "\"burst\";r=1;t=2");
}

TYPED_TEST(LimitMiddlewareContract, LetsPassWhatAShadowRuleWouldDeny) {
  const Policy shadowed("shadowed", {limiter({.max_requests = 1, .interval = 10s, .shadow = true}),
                                     limiter({.max_requests = 3, .interval = 10s})});
  const auto request = this->from("192.0.2.1");
  int passed = 0;
  for (int i = 0; i < 9; ++i) passed += this->ask(request, shadowed, this->by_address).passed;
  EXPECT_EQ(passed, 3);
  const auto verdict = this->ask(this->from("192.0.2.2"), shadowed, this->by_address);
  EXPECT_EQ(field(verdict, "ratelimit-policy"), "\"3-per-10s\";q=3;w=10");
}

TYPED_TEST(LimitMiddlewareContract, SendsTheFieldsItIsAskedFor) {
  const auto names = [&](bool ratelimit, bool x_ratelimit) {
    LimitMiddlewareOptions options;
    options.ratelimit_headers = ratelimit;
    options.x_ratelimit_headers = x_ratelimit;
    LimitMiddleware styled(this->where.limiter, options);
    std::string all;
    for (const auto& one : this->ask(this->from("192.0.2.1"), this->policy, styled).headers)
      all.append(one.name).append(" ");
    return all;
  };
  EXPECT_EQ(names(false, false), "");
  EXPECT_EQ(names(true, false), "ratelimit-policy ratelimit ");
  EXPECT_EQ(names(false, true), "x-ratelimit-limit x-ratelimit-remaining x-ratelimit-reset ");
}

TYPED_TEST(LimitMiddlewareContract, CanBeSwitchedOff) {
  this->middleware.set_enabled(false);
  EXPECT_EQ(this->passed(this->from("192.0.2.1"), 50), 50);
  this->middleware.set_enabled(true);
  EXPECT_EQ(this->passed(this->from("192.0.2.1"), 50), this->limit);
}

TYPED_TEST(LimitMiddlewareContract, CountsTheMethodsOfARule) {
  const Policy posts("posts", {limiter({.max_requests = 1, .interval = 10s, .method = {"POST"}})});
  for (int i = 0; i < 5; ++i) {
    const auto verdict = this->ask(this->from("192.0.2.1"), posts, this->middleware);
    EXPECT_TRUE(verdict.passed);
    EXPECT_TRUE(verdict.headers.empty());
  }
}

TYPED_TEST(LimitMiddlewareContract, AuthenticatesWhereverItIsAsked) {
  const auto access = this->tokens_of("u").access;
  const auto known = this->loop.run(this->middleware.authenticate(this->as(access)));
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(known->identifier, "u");
  LimitMiddleware without(this->where.limiter);
  const auto unknown = this->loop.run(without.authenticate(this->as(access)));
  EXPECT_EQ(unknown.error(), auth::TokenError::no_credentials);
}

// On Redis, the limiter's script checks the session.
class OneRoundTrip : public LimitMiddlewareContract<LimitsOnRedis> {
 protected:
  int calls(const std::string& name) { return where.server.calls(name); }
};

TEST_F(OneRoundTrip, ChecksTheSessionAndTheLimitsInOneCommand) {
  const auto access = tokens_of("u").access;
  ASSERT_TRUE(ask(as(access)).passed);  // has loaded the script
  const auto evalsha = calls("evalsha");
  const auto hget = calls("hget");
  for (int i = 0; i < 5; ++i) {
    const auto verdict = ask(as(access));
    EXPECT_TRUE(verdict.passed);
    EXPECT_EQ(verdict.auth->identifier, "u");
  }
  EXPECT_EQ(calls("evalsha") - evalsha, 5);
  EXPECT_EQ(calls("hget") - hget, 5);  // each by the script
}

TEST_F(OneRoundTrip, LetsNobodyInWhileTheStoreIsDown) {
  const auto access = tokens_of("u").access;
  where.server.kill();
  int passed = 0;
  for (int i = 0; i < 30; ++i) {
    const auto verdict = ask(as(access));
    passed += verdict.passed;
    EXPECT_FALSE(verdict.auth);
    EXPECT_FALSE(verdict.auth_error);
    EXPECT_FALSE(verdict.is_certain);  // it is not known, and not asked again
  }
  EXPECT_EQ(passed, limit);  // counted locally, as the user's
}

}  // namespace
}  // namespace webtool::throttle
