// The decisions of rules while their store is unavailable.
#include "contract/limit_middleware.hpp"

#include <webtool/cache/error.hpp>

namespace webtool::throttle {
namespace {

class StoreFailure : public LimitMiddlewareContract<LimitsInMemory> {
 protected:
  class FailingLimiter final : public BaseLimiter {
   public:
    explicit FailingLimiter(BaseLimiter& inner) : inner_(inner) {}
    awaitable<Decision> decide(const Attempt& attempt) override {
      ++asked;
      if (down) throw cache::StoreUnavailable(make_error_code(boost::system::errc::timed_out));
      co_return co_await inner_.decide(attempt);
    }
    bool checks(const auth::SessionCheck&) const noexcept override { return claims_to_check; }
    bool down = true;
    bool claims_to_check = false;
    int asked = 0;

   private:
    BaseLimiter& inner_;
  };

  FailingLimiter failing{where.limiter};
  LimitMiddleware guarded{failing, {.auth_backend = &backend}};

  Verdict ask_under(OnStoreFailure what) {
    const Policy rules("route",
                       {limiter({.max_requests = 3, .interval = 10s, .on_store_failure = what})});
    return ask(from("192.0.2.1"), rules, guarded);
  }
};

TEST_F(StoreFailure, AllowsWhereToldSo) {
  for (int i = 0; i < 20; ++i) {
    const auto verdict = ask_under(OnStoreFailure::allow);
    EXPECT_TRUE(verdict.passed);
    EXPECT_TRUE(verdict.headers.empty());
  }
}

TEST_F(StoreFailure, DeniesWhereToldSo) {
  const auto verdict = ask_under(OnStoreFailure::deny);
  EXPECT_FALSE(verdict.passed);
  EXPECT_EQ(verdict.status, 503u);
  EXPECT_EQ(field(verdict, "retry-after"), "1");
  EXPECT_EQ(field(verdict, "cache-control"), "no-store");
}

TEST_F(StoreFailure, CountsLocallyUnlessToldOtherwise) {
  EXPECT_EQ(LimitRule{}.on_store_failure, OnStoreFailure::local);
  int passed = 0;
  for (int i = 0; i < 20; ++i) passed += ask_under(OnStoreFailure::local).passed;
  EXPECT_EQ(passed, 3);
  failing.down = false;  // and the store counts for itself
  passed = 0;
  for (int i = 0; i < 20; ++i) passed += ask_under(OnStoreFailure::local).passed;
  EXPECT_EQ(passed, 3);
}

TEST_F(StoreFailure, EachRuleDoesWhatItIsSetTo) {
  const Policy rules(
      "mixed",
      {limiter({.max_requests = 1, .interval = 10s, .on_store_failure = OnStoreFailure::allow}),
       limiter({.max_requests = 3, .interval = 10s, .on_store_failure = OnStoreFailure::local})});
  int passed = 0;
  for (int i = 0; i < 20; ++i) passed += ask(from("192.0.2.1"), rules, guarded).passed;
  EXPECT_EQ(passed, 3);
}

// The other rules would let the request pass or count it locally. One rule that denies is enough.
TEST_F(StoreFailure, OneRuleThatDeniesIsEnough) {
  const auto that = [](OnStoreFailure what, Per per = Per::client) {
    return limiter({.max_requests = 3, .interval = 10s, .per = per, .on_store_failure = what});
  };
  const auto access = tokens_of("ann").access;
  for (const auto other : {OnStoreFailure::local, OnStoreFailure::allow}) {
    for (const auto per : {Per::client, Per::address}) {
      const Policy first("first", {that(OnStoreFailure::deny, per), that(other)});
      const Policy last("last", {that(other), that(OnStoreFailure::deny, per)});
      for (const auto* rules : {&first, &last}) {
        EXPECT_EQ(ask(from("192.0.2.1"), *rules, guarded).status, 503u);
        EXPECT_EQ(ask(as(access), *rules, guarded).status, 503u);
      }
    }
  }
  // A rule that does not count this request does not deny it.
  auto users = that(OnStoreFailure::deny);
  users.scopes = {"user"};
  EXPECT_TRUE(ask(from("192.0.2.1"), Policy("users", {that(OnStoreFailure::local), users}), guarded)
                  .passed);
}

TEST_F(StoreFailure, CountsUsersAndTheirAddressesLocally) {
  const Policy rules("both", {limiter({.max_requests = 3, .interval = 10s}),
                              limiter({.max_requests = 5, .interval = 10s, .per = Per::address})});
  int passed = 0;
  for (const char* sub : {"ann", "ben", "cat"}) {
    const auto access = tokens_of(sub).access;
    for (int i = 0; i < 20; ++i) passed += ask(as(access), rules, guarded).passed;
  }
  EXPECT_EQ(passed, 5);
}

TEST_F(StoreFailure, HandsOutNoCookieWithA503) {
  LimitMiddleware with_cookies(failing, {.anno_backend = &anno});
  const auto rule = limiter({.on_store_failure = OnStoreFailure::deny});
  const auto verdict = ask(from("192.0.2.1"), Policy("route", {rule}), with_cookies);
  EXPECT_EQ(verdict.status, 503u);
  EXPECT_EQ(field(verdict, "set-cookie"), "");
}

// Sessions and limits are in different stores. A client that may be a user must not pass as
// anonymous.
TEST_F(StoreFailure, OfTheSessionsLeavesItUncertainWhoAsks) {
  class Stalling final : public auth::BaseBackend {
   public:
    awaitable<result<auth::AuthData>> authenticate(const auth::RequestView&) override {
      ++asked;
      if (asked % 2 == 1)  // and well again at once, so that a second question would be answered
        throw cache::StoreUnavailable(make_error_code(boost::system::errc::timed_out));
      co_return auth::AuthData{.identifier = "u"};
    }
    int asked = 0;
  } stalling;
  LimitMiddleware both(where.limiter, {.auth_backend = &stalling});
  const auto rule = [](std::vector<std::string> scopes, OnStoreFailure what) {
    return limiter({.max_requests = 3,
                    .interval = 10s,
                    .scopes = std::move(scopes),
                    .on_store_failure = what});
  };
  for (const std::vector<std::string>& scopes :
       {std::vector<std::string>{}, {"user"}, {"write"}, {"user", "anno"}}) {
    const auto verdict =
        ask(from("192.0.2.1"), Policy("r", {rule(scopes, OnStoreFailure::deny)}), both);
    EXPECT_FALSE(verdict.passed);
    EXPECT_EQ(verdict.status, 503u);
    EXPECT_FALSE(verdict.is_certain);
    ++stalling.asked;
  }
  // The other rules count the client as anonymous. A guard that requires a user answers 503.
  for (const auto what : {OnStoreFailure::allow, OnStoreFailure::local}) {
    const auto verdict = ask(from("192.0.2.1"), Policy("r", {rule({"user"}, what)}), both);
    EXPECT_TRUE(verdict.passed);
    EXPECT_FALSE(verdict.auth);
    EXPECT_FALSE(verdict.is_certain);
    ++stalling.asked;
  }
  const auto anonymous =
      ask(from("192.0.2.1"), Policy("r", {rule({"anno"}, OnStoreFailure::deny)}), both);
  EXPECT_TRUE(anonymous.passed);
  EXPECT_EQ(stalling.asked, 13);  // once for each request
}

TEST_F(StoreFailure, DoesNotAskForRequestsThatNoRuleCounts) {
  const Policy users("users", {limiter({.scopes = {"user"}})});
  EXPECT_TRUE(ask(from("192.0.2.1"), users, guarded).passed);
  const Policy posts("posts", {limiter({.method = {"POST"}})});
  EXPECT_TRUE(ask(from("192.0.2.1"), posts, guarded).passed);
  EXPECT_EQ(failing.asked, 0);
}

}  // namespace
}  // namespace webtool::throttle
