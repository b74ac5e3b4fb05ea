// The outcomes of limits and tokens that an observer receives, on every store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <webtool/cache/error.hpp>

#include "contract/limit_middleware.hpp"
#include "support/recorder.hpp"

namespace webtool::throttle {
namespace {

using test::Recorder;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

template <class Where>
class LimitObserverContract : public LimitMiddlewareContract<Where> {
 protected:
  const std::shared_ptr<Recorder> recorder = std::make_shared<Recorder>();
  const std::unique_ptr<auth::JWTService> watched_service = this->where.make([this] {
    auto options = test::token_options(this->clock.clock());
    options.observer = recorder;
    return options;
  }());
  auth::JWTBackend watched_backend{*watched_service};
  LimitMiddleware watched{this->where.limiter,
                          {.auth_backend = &watched_backend, .observer = recorder}};

  Policy policy_of(std::vector<LimitRule> rules) { return watched.policy("r", std::move(rules)); }
  void ask(const test::FakeRequest& request, const Policy& rules) {
    (void)this->loop.run(watched.check(request, rules));
  }
};

using Stores = testing::Types<LimitsInMemory, LimitsOnRedis>;
TYPED_TEST_SUITE(LimitObserverContract, Stores);

TYPED_TEST(LimitObserverContract, IsToldWhatEachRuleMakesOfARequest) {
  const auto rules = this->policy_of(
      {limiter({.max_requests = 2, .interval = 10s, .name = "few"}),
       limiter({.max_requests = 9, .interval = 10s, .name = "many"}),
       limiter({.max_requests = 1, .interval = 10s, .shadow = true, .name = "trial"}),
       limiter({.scopes = {"user"}, .name = "users"}), limiter({.method = {"POST"}})});
  const auto request = this->from("192.0.2.1");
  this->ask(request, rules);
  EXPECT_THAT(this->recorder->take(),
              ElementsAre(Pair("r decided", 1), Pair("r/few allowed", 1), Pair("r/many allowed", 1),
                          Pair("r/trial allowed", 1)));
  this->ask(request, rules);
  EXPECT_THAT(this->recorder->take(),
              ElementsAre(Pair("r decided", 1), Pair("r/few allowed", 1), Pair("r/many allowed", 1),
                          Pair("r/trial shadow_denied", 1)));
  // The same if a remembered denial answers instead of the store.
  for (int i = 0; i < 3; ++i) {
    this->ask(request, rules);
    EXPECT_THAT(this->recorder->take(), ElementsAre(Pair("r decided", 1), Pair("r/few denied", 1)));
  }
}

TYPED_TEST(LimitObserverContract, IsToldNothingOfRequestsThatNoRuleCounts) {
  this->ask(this->from("192.0.2.1"), this->policy_of({limiter({.scopes = {"user"}})}));
  this->ask(this->from("192.0.2.1"), this->policy_of({limiter({.method = {"POST"}})}));
  EXPECT_THAT(this->recorder->take(), IsEmpty());
}

TYPED_TEST(LimitObserverContract, IsToldOfTokens) {
  const auto rules = this->policy_of({limiter({.max_requests = 100, .name = "a"})});
  const auto counted = Pair("r/a allowed", 1);
  const auto decided = Pair("r decided", 1);
  const auto pair = this->tokens_of("u");
  this->ask(this->as(pair.access), rules);
  EXPECT_THAT(this->recorder->take(), ElementsAre(decided, counted, Pair("token ok", 1)));
  this->ask(this->as("x"), rules);
  EXPECT_THAT(this->recorder->take(),
              ElementsAre(decided, counted, Pair("token the token is malformed", 1)));
  const auto next = this->loop.run(this->service->update_token({}, pair.refresh));
  ASSERT_TRUE(next.has_value());
  this->ask(this->as(pair.access), rules);
  EXPECT_THAT(this->recorder->take(),
              ElementsAre(decided, counted, Pair("token the token has been revoked", 1)));
}

// The outcome of a token has the same name if the limiter checks the session and if the service
// does.
TYPED_TEST(LimitObserverContract, IsToldTheSameOfATokenWithALimitAndWithout) {
  const auto rules = this->policy_of({limiter({.max_requests = 100, .name = "a"})});
  const auto current = this->tokens_of("u"), spent = this->tokens_of("u"),
             ended = this->tokens_of("u");
  ASSERT_TRUE(this->loop.run(this->service->update_token({}, spent.refresh)).has_value());
  ASSERT_TRUE(this->loop.run(this->service->invalidate_token(ended.refresh)).has_value());
  std::string forged = current.access;
  forged.back() = forged.back() == 'A' ? 'Q' : 'A';
  for (const std::string& access : std::initializer_list<std::string>{
           current.access, spent.access, ended.access, forged, current.refresh}) {
    (void)this->loop.run(this->watched.authenticate(this->as(access)));
    const auto without = this->recorder->take();
    ASSERT_EQ(without.size(), 1u);
    this->ask(this->as(access), rules);
    EXPECT_THAT(this->recorder->take(), testing::Contains(*without.begin())) << access;
  }
}

TYPED_TEST(LimitObserverContract, IsToldOfTokensThatTheServiceIsAskedAbout) {
  auto& jwt = *this->watched_service;
  const auto old = this->loop.run(jwt.create_token({"u"}));
  EXPECT_THAT(this->recorder->take(), IsEmpty());
  const auto pair = this->loop.run(jwt.update_token({}, old.refresh));
  EXPECT_THAT(this->recorder->take(), ElementsAre(Pair("token ok", 1)));
  (void)this->loop.run(jwt.validate_access_token(pair->access));
  (void)this->loop.run(jwt.validate_refresh_token(pair->refresh));
  (void)this->loop.run(jwt.validate_refresh_token(pair->access, pair->refresh));
  EXPECT_THAT(this->recorder->take(), ElementsAre(Pair("token ok", 3)));
  (void)this->loop.run(jwt.validate_access_token(old.access));
  (void)this->loop.run(jwt.update_token({}, old.access, pair->refresh));
  (void)this->loop.run(jwt.update_token({"v"}, pair->refresh));
  (void)this->loop.run(jwt.update_token({}, old.refresh));
  (void)this->loop.run(jwt.validate_access_token(pair->access));
  EXPECT_THAT(this->recorder->take(),
              ElementsAre(Pair("token the refresh token has already been used", 1),
                          Pair("token the subject is not the token's subject", 1),
                          Pair("token the token has been revoked", 1),
                          Pair("token the token's session does not exist", 1),
                          Pair("token the tokens were not issued together", 1)));
}

// The store is a Redis server that is stopped.
class DeadStoreObserver : public LimitObserverContract<LimitsOnRedis> {};

TEST_F(DeadStoreObserver, IsToldWhichRulesHadToDoWithout) {
  const auto rules =
      policy_of({limiter({.max_requests = 1, .interval = 10s, .name = "here"}),
                 limiter({.on_store_failure = OnStoreFailure::allow, .name = "passes"})});
  const auto access = tokens_of("u").access;
  where.server.kill();
  for (int i = 0; i < 3; ++i) ask(as(access), rules);
  EXPECT_THAT(recorder->take(), ElementsAre(Pair("r decided", 3), Pair("r/here store_failed", 3),
                                            Pair("r/passes store_failed", 3)));
}

}  // namespace
}  // namespace webtool::throttle
