// The extension points of access tokens: an own check of tokens, and a store in front of another
// that knows some sessions without waiting.
#include <webtool/auth/backend.hpp>
#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/in_memory_cache.hpp>

#include <gtest/gtest.h>

#include <map>

#include "support/fake_request.hpp"
#include "support/recorder.hpp"
#include "support/run.hpp"

namespace webtool::auth {
namespace {

test::FakeRequest bearing(const std::string& token) {
  test::FakeRequest request;
  request.headers.emplace("authorization", "Bearer " + token);
  return request;
}

// Accepts one token, and only in `finish`.
class OneToken final : public AccessTokens {
 public:
  result<Checked> check(AccessTokenView access) override {
    Checked checked;
    checked.token = std::string_view(access);
    return checked;
  }
  awaitable<result<Claims>> finish(Checked checked) override {
    if (checked.token != "open-sesame") co_return TokenError::unknown_token;
    co_return verified(ClaimsSet(Grant("ali")));
  }
};

TEST(AccessTokens, OfOnesOwnAreAllThatABackendNeeds) {
  OneToken tokens;
  JWTBackend backend(tokens);
  test::Loop loop;
  const auto good = bearing("open-sesame"), bad = bearing("open-barley");
  EXPECT_EQ(loop.run(backend.authenticate(good))->identifier, "ali");
  EXPECT_EQ(loop.run(backend.authenticate(bad)).error(), TokenError::unknown_token);
  auto begun = backend.begin(good);
  ASSERT_TRUE(begun && begun->has_value());
  EXPECT_FALSE((*begun)->claims);
  EXPECT_EQ(loop.run(backend.finish(std::move(**begun)))->identifier, "ali");
}

// A store in front of another. It answers for the sessions that the test gives to it.
class KnownSessions final : public SessionStore {
 public:
  explicit KnownSessions(std::unique_ptr<SessionStore> store) : store_(std::move(store)) {}

  std::map<std::string, boost::system::error_code, std::less<>> known{};  // by session
  int asked = 0;

  std::optional<boost::system::error_code> lookup_now(const SessionCheck& check) const override {
    const auto found = known.find(std::string_view(check.session));
    return found == known.end() ? std::nullopt : std::optional(found->second);
  }
  awaitable<std::optional<Session>> find(const SessionCheck& check) override {
    ++asked;
    return store_->find(check);
  }
  SessionCheck check_of(std::string_view sub, std::string_view session, const Issue& issue,
                        Timestamp now) const override {
    return store_->check_of(sub, session, issue, now);
  }
  awaitable<void> save(std::string_view sub, const Session& session, std::size_t max_sessions,
                       Timestamp now) override {
    return store_->save(sub, session, max_sessions, now);
  }
  awaitable<result<Rotated>> rotate(std::string_view sub, const Rotation& rotation) override {
    return store_->rotate(sub, rotation);
  }
  awaitable<result<std::size_t>> erase(std::string_view sub,
                                       const Revocation& revocation) override {
    return store_->erase(sub, revocation);
  }
  awaitable<void> clear(std::string_view sub) override { return store_->clear(sub); }
  awaitable<std::vector<Session>> list(std::string_view sub, Timestamp now) override {
    return store_->list(sub, now);
  }

 private:
  std::unique_ptr<SessionStore> store_;
};

class ServiceOnKnownSessions final : public JWTService {
 public:
  ServiceOnKnownSessions(std::unique_ptr<KnownSessions> store, JWTServiceOptions options)
      : JWTService(std::move(store), std::move(options)) {}
};

class LookupNow : public testing::Test {
 protected:
  using Counts = test::Recorder::Counts;

  static JWTServiceOptions with(std::shared_ptr<Observer> observer) {
    JWTServiceOptions options;
    options.secret_key = "0123456789abcdef0123456789abcdef";
    options.observer = std::move(observer);
    return options;
  }
  TokenPair create() {
    const Grant user("123");
    return loop_.run(service_.create_token(user));
  }
  std::string session_of(const TokenPair& pair) {
    return loop_.run(service_.validate_access_token(pair.access))->jti.substr(0, 16);
  }

  std::shared_ptr<test::Recorder> recorder_ = std::make_shared<test::Recorder>();
  cache::InMemoryCache cache_;
  std::unique_ptr<KnownSessions> store_ =
      std::make_unique<KnownSessions>(make_session_store(cache_));
  KnownSessions& sessions_ = *store_;
  ServiceOnKnownSessions service_{std::move(store_), with(recorder_)};
  test::Loop loop_;
};

TEST_F(LookupNow, ASessionThatIsNotKnownIsAskedFor) {
  const auto pair = create();
  const auto checked = service_.check(pair.access);
  ASSERT_TRUE(checked.has_value());
  EXPECT_TRUE(checked->session);
  EXPECT_TRUE(loop_.run(service_.validate_access_token(pair.access)).has_value());
  EXPECT_EQ(sessions_.asked, 1);
}

TEST_F(LookupNow, AKnownSessionTakesNoQuestion) {
  const auto pair = create();
  sessions_.known[session_of(pair)] = {};
  sessions_.asked = 0;
  (void)recorder_->take();
  const auto checked = service_.check(pair.access);
  ASSERT_TRUE(checked.has_value());
  EXPECT_FALSE(checked->session);
  EXPECT_EQ(checked->claims->sub, "123");
  EXPECT_EQ(recorder_->take(), (Counts{{"token ok", 1}}));
  EXPECT_TRUE(loop_.run(service_.validate_access_token(pair.access)).has_value());
  EXPECT_EQ(recorder_->take(), (Counts{{"token ok", 1}}));
  EXPECT_EQ(sessions_.asked, 0);
}

TEST_F(LookupNow, ASessionThatIsKnownToHaveEndedIsRefusedAtOnce) {
  const auto pair = create();
  sessions_.known[session_of(pair)] = TokenError::revoked;
  (void)recorder_->take();
  EXPECT_EQ(service_.check(pair.access).error(), TokenError::revoked);
  EXPECT_EQ(recorder_->take(), (Counts{{"token the token has been revoked", 1}}));
}

}  // namespace
}  // namespace webtool::auth
