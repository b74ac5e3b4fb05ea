// Creating, validating, listing and ending sessions, on every service.
#include <set>
#include <thread>

#include <webtool/auth/token_ids.hpp>

#include "contract/jwt_services.hpp"

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;

template <class Where>
class JWTServiceLifecycle : public JWTServiceContract<Where> {};
TYPED_TEST_SUITE(JWTServiceLifecycle, JWTServices);

TYPED_TEST(JWTServiceLifecycle, CreatedTokensAreValid) {
  Grant data;
  data.sub = "123";
  data.scope = Scope{"read", "write"};
  data.extra["name"] = "Ada";
  const auto pair = this->run(this->service_->create_token(data));
  const auto access = this->run(this->service_->validate_access_token(pair.access));
  ASSERT_TRUE(access.has_value()) << access.error();
  EXPECT_EQ(access->sub, "123");
  EXPECT_EQ(access->scope, data.scope);
  EXPECT_EQ(access->extra.at("name"), "Ada");
  EXPECT_EQ(access->iat, this->clock_.now());
  EXPECT_EQ(access->exp, this->clock_.now() + 3600s);
  const auto refresh = this->run(this->service_->validate_refresh_token(pair.refresh));
  ASSERT_TRUE(refresh.has_value()) << refresh.error();
  EXPECT_EQ(refresh->exp, this->clock_.now() + 604800s);
  EXPECT_EQ(refresh->extra.at("name"), "Ada");
  const auto both = this->run(this->service_->validate_refresh_token(pair.access, pair.refresh));
  EXPECT_TRUE(both.has_value());
}

TYPED_TEST(JWTServiceLifecycle, JtiIs32HexDigitsAndNamesTheSession) {
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    const auto pair = this->create();
    const auto access = this->run(this->service_->validate_access_token(pair.access));
    const auto refresh = this->run(this->service_->validate_refresh_token(pair.refresh));
    const auto access_ids = split_jti(access->jti);
    const auto refresh_ids = split_jti(refresh->jti);
    ASSERT_TRUE(access_ids && refresh_ids);
    EXPECT_EQ(access_ids->session, refresh_ids->session);
    EXPECT_NE(access->jti, refresh->jti);
    EXPECT_TRUE(seen.insert(access->jti).second);
    EXPECT_TRUE(seen.insert(refresh->jti).second);
  }
}

TYPED_TEST(JWTServiceLifecycle, CallersCannotSetTimesOrJti) {
  ClaimsSet data;
  data.sub = "123";
  data.jti = "mine";
  data.exp = Timestamp::max();
  data.iat = Timestamp{};
  const auto pair = this->run(this->service_->create_token(data));
  const auto claims = this->run(this->service_->validate_access_token(pair.access));
  ASSERT_TRUE(claims.has_value());
  EXPECT_NE(claims->jti, "mine");
  EXPECT_EQ(claims->iat, this->clock_.now());
  EXPECT_EQ(claims->exp, this->clock_.now() + 3600s);
}

TYPED_TEST(JWTServiceLifecycle, RefusesDataThatCannotBeClaims) {
  const auto refuses = [&](const Grant& data) {
    EXPECT_THROW(this->run(this->service_->create_token(data)), std::invalid_argument);
  };
  Grant data;
  refuses(data);  // no sub
  data.sub = std::string(256, 'x');
  refuses(data);
  data.sub = "\xff\xfe";
  refuses(data);
  data.sub = "123";
  data.scope = Scope{"two words"};
  refuses(data);
  data.scope = Scope{""};
  refuses(data);
  data.scope.reset();
  EXPECT_THROW(this->run(this->service_->create_token(data, std::string(257, 'n'))),
               std::invalid_argument);
  EXPECT_THROW(this->run(this->service_->create_token(data, "two\nlines")), std::invalid_argument);
  data.extra["blob"] = std::string(10'000, 'x');
  EXPECT_THROW(this->run(this->service_->create_token(data)), std::length_error);
}

TYPED_TEST(JWTServiceLifecycle, ARefreshTokenIsNoAccessTokenAndBack) {
  const auto pair = this->create();
  // As plain text, because with their own types these calls would not compile.
  const std::string access = pair.access, refresh = pair.refresh;
  EXPECT_EQ(this->run(this->service_->validate_access_token(refresh)).error(),
            TokenError::wrong_type);
  EXPECT_EQ(this->run(this->service_->validate_refresh_token(access)).error(),
            TokenError::wrong_type);
  EXPECT_EQ(this->run(this->service_->update_token(Grant{}, access)).error(),
            TokenError::wrong_type);
  EXPECT_EQ(this->run(this->service_->invalidate_token(access)).error(), TokenError::wrong_type);
}

TYPED_TEST(JWTServiceLifecycle, AccessTokensExpire) {
  const auto pair = this->create();
  this->clock_.advance(3600s + 30s - 1us);  // with the leeway
  EXPECT_FALSE(this->access_error(pair));
  this->clock_.advance(1us);
  EXPECT_EQ(this->access_error(pair), TokenError::expired);
  EXPECT_FALSE(this->refresh_error(pair));
}

TYPED_TEST(JWTServiceLifecycle, RefreshTokensExpire) {
  const auto pair = this->create();
  this->clock_.advance(604800s + 30s - 1us);
  EXPECT_FALSE(this->refresh_error(pair));
  this->clock_.advance(1us);
  EXPECT_EQ(this->refresh_error(pair), TokenError::expired);
  EXPECT_EQ(this->rotate(pair).error(), TokenError::expired);
}

TYPED_TEST(JWTServiceLifecycle, InvalidationEndsBothTokensAtOnce) {
  const auto pair = this->create();
  const auto other = this->create();
  EXPECT_TRUE(this->run(this->service_->invalidate_token(pair.refresh)).has_value());
  EXPECT_EQ(this->access_error(pair), TokenError::unknown_token);
  EXPECT_EQ(this->refresh_error(pair), TokenError::unknown_token);
  EXPECT_EQ(this->rotate(pair).error(), TokenError::unknown_token);
  EXPECT_EQ(this->run(this->service_->invalidate_token(pair.refresh)).error(),
            TokenError::unknown_token);
  EXPECT_TRUE(this->lives(other));
}

TYPED_TEST(JWTServiceLifecycle, AnotherSessionOfTheSubjectCanBeEnded) {
  const auto mine = this->create();
  const auto other = this->create();
  const auto stranger = this->create("456");
  const auto jti = this->run(this->service_->validate_refresh_token(other.refresh))->jti;
  const auto strange = this->run(this->service_->validate_refresh_token(stranger.refresh))->jti;
  EXPECT_TRUE(this->run(this->service_->invalidate_token(mine.refresh, jti)).has_value());
  EXPECT_EQ(this->access_error(other), TokenError::unknown_token);
  EXPECT_TRUE(this->lives(mine));
  // A session that has ended, another subject's session, and texts that are not a jti.
  for (const auto& wrong : {jti, strange, std::string("x"), std::string(32, '0'), std::string()})
    EXPECT_EQ(this->run(this->service_->invalidate_token(mine.refresh, wrong)).error(),
              TokenError::unknown_token);
  EXPECT_TRUE(this->lives(stranger));
  EXPECT_TRUE(this->lives(mine));
}

TYPED_TEST(JWTServiceLifecycle, ASpentTokenCanEndItsOwnSessionOnly) {
  const auto old = this->create();
  const auto other = this->create();
  const auto jti = this->run(this->service_->validate_refresh_token(other.refresh))->jti;
  const auto current = this->rotate(old);
  ASSERT_TRUE(current.has_value());
  EXPECT_EQ(this->run(this->service_->invalidate_token(old.refresh, jti)).error(),
            TokenError::revoked);
  EXPECT_EQ(this->run(this->service_->invalidate_all(old.refresh)).error(), TokenError::revoked);
  EXPECT_EQ(this->run(this->service_->search_token(old.refresh)).error(), TokenError::revoked);
  EXPECT_TRUE(this->lives(other));
  EXPECT_TRUE(this->lives(*current));
  EXPECT_TRUE(this->run(this->service_->invalidate_token(old.refresh)).has_value());
  EXPECT_EQ(this->access_error(*current), TokenError::unknown_token);
  EXPECT_TRUE(this->lives(other));
}

TYPED_TEST(JWTServiceLifecycle, AllSessionsOfTheSubjectCanBeEnded) {
  const auto first = this->create();
  const auto second = this->create();
  const auto stranger = this->create("456");
  const auto ended = this->run(this->service_->invalidate_all(first.refresh));
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(*ended, 2u);
  EXPECT_EQ(this->access_error(first), TokenError::unknown_token);
  EXPECT_EQ(this->access_error(second), TokenError::unknown_token);
  EXPECT_TRUE(this->lives(stranger));
  EXPECT_TRUE(this->lives(this->create()));
}

TYPED_TEST(JWTServiceLifecycle, AllOtherSessionsOfTheSubjectCanBeEnded) {
  const auto mine = this->create();
  const auto first = this->create();
  const auto second = this->create();
  const auto ended = this->run(this->service_->invalidate_others(mine.refresh));
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(*ended, 2u);
  EXPECT_TRUE(this->lives(mine));
  EXPECT_EQ(this->access_error(first), TokenError::unknown_token);
  EXPECT_EQ(this->access_error(second), TokenError::unknown_token);
  EXPECT_EQ(*this->run(this->service_->invalidate_others(mine.refresh)), 0u);
  EXPECT_TRUE(this->lives(mine));
}

TYPED_TEST(JWTServiceLifecycle, TheApplicationCanEndASubjectsSessions) {
  const auto first = this->create();
  const auto stranger = this->create("456");
  this->loop_.run(this->service_->end_sessions("123"));
  EXPECT_EQ(this->access_error(first), TokenError::unknown_token);
  EXPECT_TRUE(this->lives(stranger));
  EXPECT_TRUE(this->run(this->service_->sessions("123")).empty());
  this->loop_.run(this->service_->end_sessions("nobody"));
}

TYPED_TEST(JWTServiceLifecycle, SearchListsTheSubjectsLiveRefreshJtis) {
  const auto first = this->create();
  this->clock_.advance(1s);
  const auto second = this->create();
  this->create("456");
  const auto jti = [&](const TokenPair& pair) {
    return this->run(this->service_->validate_refresh_token(pair.refresh))->jti;
  };
  const auto found = this->run(this->service_->search_token(second.refresh));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(*found, (std::vector<std::string>{jti(first), jti(second)}));
  const auto again = this->run(this->service_->search_token(second.access, second.refresh));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, *found);
  // The first expires a second before the second does.
  this->clock_.advance(604800s + 30s - 1s);
  const auto later = this->run(this->service_->search_token(second.refresh));
  ASSERT_TRUE(later.has_value());
  EXPECT_EQ(later->size(), 1u);
}

TYPED_TEST(JWTServiceLifecycle, SessionsTellWhatTheyAre) {
  Grant data;
  data.sub = "123";
  const auto begun = this->clock_.now();
  const std::string note = "Firefox on Linux – 99 % \"quoted\" 'n' \\ {}";
  const auto pair = this->run(this->service_->create_token(data, note));
  this->clock_.advance(10s);
  const auto current = this->rotate(pair);
  ASSERT_TRUE(current.has_value());
  const auto sessions = this->run(this->service_->sessions("123"));
  ASSERT_EQ(sessions.size(), 1u);
  const auto& session = sessions.front();
  EXPECT_EQ(session.note, note);
  EXPECT_EQ(session.created, begun);
  EXPECT_EQ(session.rotated, begun + 10s);
  EXPECT_EQ(session.expires, begun + 10s + 604800s);
  EXPECT_EQ(session.refresh_jti,
            this->run(this->service_->validate_refresh_token(current->refresh))->jti);
}

TYPED_TEST(JWTServiceLifecycle, SessionsMarkTheOneThatAsks) {
  const auto first = this->create();
  this->clock_.advance(1s);
  const auto second = this->create();
  const auto access = this->run(this->service_->validate_access_token(second.access))->jti;
  const auto refresh = this->run(this->service_->validate_refresh_token(first.refresh))->jti;
  const auto marks = [&](std::string_view jti) {
    std::vector<bool> marked;
    for (const auto& session : this->run(this->service_->sessions("123", jti)))
      marked.push_back(session.current);
    return marked;
  };
  EXPECT_EQ(marks(access), (std::vector<bool>{false, true}));
  EXPECT_EQ(marks(refresh), (std::vector<bool>{true, false}));
  // A rotation leaves the session the same.
  ASSERT_TRUE(this->rotate(second).has_value());
  EXPECT_EQ(marks(access), (std::vector<bool>{false, true}));
  for (const std::string_view none :
       {"", "x", "0123456789abcdef0123456789abcdef", "0123456789ABCDEF0123456789ABCDEF"})
    EXPECT_EQ(marks(none), (std::vector<bool>{false, false})) << none;
  EXPECT_NE(to_json(this->run(this->service_->sessions("123", refresh))).find("\"current\":true"),
            std::string::npos);
}

TYPED_TEST(JWTServiceLifecycle, TheApplicationCanEndOneSession) {
  const auto first = this->create();
  const auto second = this->create();
  const auto third = this->create();
  const auto stranger = this->create("456");
  const auto jti_of = [&](const TokenPair& pair) {
    return this->run(this->service_->validate_access_token(pair.access))->jti;
  };
  const auto refresh_jti = this->run(this->service_->validate_refresh_token(second.refresh))->jti;
  const auto access_jti = jti_of(first);
  // A session of another subject, unknown jtis, and an unknown subject.
  EXPECT_FALSE(this->run(this->service_->end_session("123", jti_of(stranger))));
  for (const std::string_view none : {"", "x", "0123456789abcdef0123456789abcdef"})
    EXPECT_FALSE(this->run(this->service_->end_session("123", none))) << none;
  EXPECT_FALSE(this->run(this->service_->end_session("nobody", refresh_jti)));
  EXPECT_TRUE(this->lives(first) && this->lives(second) && this->lives(stranger));

  EXPECT_TRUE(this->run(this->service_->end_session("123", refresh_jti)));
  EXPECT_EQ(this->access_error(second), TokenError::unknown_token);
  EXPECT_TRUE(this->run(this->service_->end_session("123", access_jti)));
  EXPECT_EQ(this->access_error(first), TokenError::unknown_token);
  EXPECT_FALSE(this->run(this->service_->end_session("123", access_jti)));
  EXPECT_TRUE(this->lives(third) && this->lives(stranger));

  // A rotated session can be named by its earlier jti as well as by its current one.
  const auto before = jti_of(third);
  ASSERT_TRUE(this->rotate(third).has_value());
  EXPECT_TRUE(this->run(this->service_->end_session("123", before)));
  EXPECT_TRUE(this->run(this->service_->sessions("123")).empty());
}

TYPED_TEST(JWTServiceLifecycle, TheOldestSessionMakesRoom) {
  JWTServiceOptions options;
  options.max_sessions = 3;
  this->start(options);
  std::vector<TokenPair> pairs;
  for (int i = 0; i < 5; ++i) {
    pairs.push_back(this->create());
    this->clock_.advance(1s);
  }
  EXPECT_EQ(this->access_error(pairs[0]), TokenError::unknown_token);
  EXPECT_EQ(this->access_error(pairs[1]), TokenError::unknown_token);
  EXPECT_TRUE(this->lives(pairs[2]));
  EXPECT_TRUE(this->lives(pairs[3]));
  EXPECT_TRUE(this->lives(pairs[4]));
}

TYPED_TEST(JWTServiceLifecycle, TokensOfAnotherKeyAreNotBelieved) {
  auto options = JWTServiceOptions{};
  const auto pair = this->create();
  options.clock = this->clock_.clock();
  options.secret_key = "another secret of thirty-two bytes";
  const auto stranger = this->where_.make(options);
  const auto claims = this->run(stranger->validate_access_token(pair.access));
  EXPECT_EQ(claims.error(), TokenError::unknown_key);
}

TYPED_TEST(JWTServiceLifecycle, ARestartedServiceKnowsItsSessions) {
  const auto pair = this->create();
  this->start({});
  EXPECT_TRUE(this->lives(pair));
}

TYPED_TEST(JWTServiceLifecycle, MalformedTokensAreRefusedWithoutAStoreTrip) {
  this->loop_.run(this->where_.cache.aclose());  // any trip to it would throw now
  std::string huge(9000, 'a');
  for (const std::string& token :
       {std::string(), std::string("."), std::string(".."), std::string("a.b.c"),
        std::string("a.b.c.d.e"), huge, std::string("\0\0\0", 3), std::string("eyJ..")}) {
    EXPECT_TRUE(this->run(this->service_->validate_access_token(token)).has_error());
    EXPECT_TRUE(this->run(this->service_->validate_refresh_token(token)).has_error());
    EXPECT_TRUE(this->run(this->service_->update_token(Grant{}, token)).has_error());
    EXPECT_TRUE(this->run(this->service_->invalidate_token(token)).has_error());
    EXPECT_TRUE(this->run(this->service_->search_token(token)).has_error());
  }
}

TYPED_TEST(JWTServiceLifecycle, ConcurrentCreationsForOneSubjectAllCount) {
  JWTServiceOptions options;
  options.max_sessions = 200;
  this->start(options);
  Grant data;
  data.sub = "123";
  std::vector<awaitable<TokenPair>> works;
  for (int i = 0; i < 100; ++i) works.push_back(this->service_->create_token(data));
  const auto pairs = this->loop_.run_all(std::move(works));
  for (const auto& pair : pairs) EXPECT_TRUE(this->lives(pair));
  EXPECT_EQ(this->run(this->service_->search_token(pairs[0].refresh))->size(), 100u);
}

}  // namespace
}  // namespace webtool::auth
