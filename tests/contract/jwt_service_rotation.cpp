// Rotation, replay and reuse, on every service.
#include <algorithm>
#include <limits>

#include "contract/jwt_services.hpp"

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;

template <class Where>
class JWTServiceRotation : public JWTServiceContract<Where> {
 protected:
  void start_with_grace(std::chrono::seconds grace) {
    JWTServiceOptions options;
    options.rotation_grace = grace;
    this->start(options);
  }
  std::vector<result<TokenPair>> rotate_at_once(const TokenPair& pair, int times) {
    std::vector<awaitable<result<TokenPair>>> works;
    // The refresh token is passed as a view, and `pair` outlives the operations.
    for (int i = 0; i < times; ++i)
      works.push_back(this->service_->update_token(nothing_, pair.refresh));
    return this->loop_.run_all(std::move(works));
  }

 private:
  const Grant nothing_;
};
TYPED_TEST_SUITE(JWTServiceRotation, JWTServices);

TYPED_TEST(JWTServiceRotation, GivesANewPairAndEndsTheOldAccessToken) {
  const auto old = this->create();
  this->clock_.advance(1s);
  const auto pair = this->rotate(old);
  ASSERT_TRUE(pair.has_value()) << pair.error();
  EXPECT_TRUE(this->lives(*pair));
  EXPECT_EQ(this->access_error(old), TokenError::revoked);
  EXPECT_EQ(this->refresh_error(old), TokenError::revoked);
  EXPECT_EQ(this->run(this->service_->search_token(pair->refresh))->size(), 1u);
}

TYPED_TEST(JWTServiceRotation, ReuseEndsTheSession) {
  const auto old = this->create();
  const auto other = this->create();
  const auto pair = this->rotate(old);
  ASSERT_TRUE(pair.has_value());
  EXPECT_EQ(this->rotate(old).error(), TokenError::token_reused);
  EXPECT_EQ(this->access_error(*pair), TokenError::unknown_token);
  EXPECT_EQ(this->rotate(*pair).error(), TokenError::unknown_token);
  EXPECT_EQ(this->rotate(old).error(), TokenError::unknown_token);  // No resurrection
  EXPECT_TRUE(this->lives(other));
}

TYPED_TEST(JWTServiceRotation, ReuseOfAnOlderGenerationEndsTheSession) {
  this->start_with_grace(60s);
  const auto first = this->create();
  const auto second = this->rotate(first);
  const auto third = this->rotate(*second);
  ASSERT_TRUE(third.has_value());
  EXPECT_EQ(this->rotate(first).error(), TokenError::token_reused);
  EXPECT_EQ(this->access_error(*third), TokenError::unknown_token);
}

TYPED_TEST(JWTServiceRotation, WithinTheGraceASpentTokenGivesTheSamePairAgain) {
  this->start_with_grace(10s);
  const auto old = this->create();
  this->clock_.advance(1us);
  const auto pair = this->rotate(old);
  ASSERT_TRUE(pair.has_value());
  this->clock_.advance(9'999'999us);
  const auto again = this->rotate(old);
  ASSERT_TRUE(again.has_value()) << again.error();
  EXPECT_EQ(again->access, pair->access);
  EXPECT_EQ(again->refresh, pair->refresh);
  EXPECT_TRUE(this->lives(*pair));
  // The grace begins with the first use and is not extended by later uses.
  this->clock_.advance(1us);
  EXPECT_EQ(this->rotate(old).error(), TokenError::token_reused);
  EXPECT_EQ(this->access_error(*pair), TokenError::unknown_token);
}

// The claims of the spent token are wider than those of the pair it was spent for. A repeated use
// must not return the wider claims.
TYPED_TEST(JWTServiceRotation, WithinTheGraceASpentTokenGivesNoWiderPair) {
  this->start_with_grace(60s);
  Grant data("alice", Scope{"read", "write"}, {{"role", "admin"}});
  Grant narrow("alice", Scope{"read"}), none("alice", Scope{}), guest("alice");
  guest.extra = {{"role", "guest"}};
  for (const auto& change : {narrow, none, guest}) {
    const auto wide = this->run(this->service_->create_token(data));
    const auto pair = this->run(this->service_->update_token(change, wide.refresh));
    ASSERT_TRUE(pair.has_value()) << pair.error();
    const auto says = this->run(this->service_->validate_access_token(pair->access));
    for (const auto& other : {Grant(), narrow, none, guest}) {
      const bool is_same = other.scope == change.scope && other.extra == change.extra;
      for (const bool with_access : {false, true}) {
        const auto again =
            with_access ? this->run(this->service_->update_token(other, wide.access, wide.refresh))
                        : this->run(this->service_->update_token(other, wide.refresh));
        if (is_same) {
          ASSERT_TRUE(again.has_value()) << again.error();
          EXPECT_EQ(again->access, pair->access);
          EXPECT_EQ(again->refresh, pair->refresh);
        } else {
          ASSERT_TRUE(again.has_error());
          EXPECT_EQ(again.error(), TokenError::revoked);
        }
      }
    }
    EXPECT_TRUE(this->lives(*pair));
    const auto still = this->run(this->service_->validate_access_token(pair->access));
    EXPECT_EQ(still->scope, says->scope);
    EXPECT_EQ(still->extra, says->extra);
  }
}

TYPED_TEST(JWTServiceRotation, NothingIsSpentForATokenThatCannotBeMade) {
  const auto pair = this->create();
  Grant data;
  boost::json::value deep = 1;
  for (int i = 0; i < 40; ++i) deep = boost::json::array{deep};
  std::vector<boost::json::value> bad;
  bad.emplace_back(boost::json::string(8'000, 'x'));
  bad.emplace_back(boost::json::string(100'000, 'x'));
  bad.push_back(deep);
  bad.emplace_back("\xff");
  bad.emplace_back(std::numeric_limits<double>::infinity());
  for (const auto& value : bad) {
    data.extra["value"] = value;
    EXPECT_THROW(this->run(this->service_->update_token(data, pair.refresh)), std::logic_error);
    EXPECT_THROW(this->run(this->service_->update_token(data, pair.access, pair.refresh)),
                 std::logic_error);
    EXPECT_TRUE(this->lives(pair));
    Grant fresh("fresh");
    fresh.extra = data.extra;
    EXPECT_THROW(this->run(this->service_->create_token(fresh)), std::logic_error);
  }
  EXPECT_TRUE(this->run(this->service_->sessions("fresh")).empty());
}

// Around the maximum token size, a rotation either throws and spends nothing, or returns a pair.
TYPED_TEST(JWTServiceRotation, NothingIsLostAtTheLargestSize) {
  JWTServiceOptions options;
  options.refresh_token_expire_time = 10 * 24h;
  options.session_expire_time = 15 * 24h;  // so that it shortens the second generation
  this->start(options);
  int made = 0, refused = 0;
  for (std::size_t size = 5'700; size < 5'960; size += 3) {
    const auto first = this->create();
    this->clock_.advance(9 * 24h + 1us);
    Grant data;
    data.extra["x"] = std::string(size, 'x');
    try {
      const auto next = this->run(this->service_->update_token(data, first.refresh));
      ASSERT_TRUE(next.has_value()) << next.error();
      EXPECT_TRUE(this->lives(*next)) << size;
      ++made;
    } catch (const std::length_error&) {
      EXPECT_EQ(this->refresh_error(first), boost::system::error_code{}) << size;
      ++refused;
    }
  }
  EXPECT_GT(made, 0);
  EXPECT_GT(refused, 0);
}

// Hosts share the store. A host with a wrong clock may affect only its own sessions.
TYPED_TEST(JWTServiceRotation, AHostWithAWrongClockEndsNobodysSession) {
  for (const auto error : {8 * 24h, 400 * 24h, -8 * 24h, -400 * 24h}) {
    const auto one = this->create("ann"), two = this->create("ann");
    JWTServiceOptions options;
    options.secret_key = "0123456789abcdef0123456789abcdef";
    options.clock = [clock = this->clock_.clock(), error] { return clock() + error; };
    const std::unique_ptr<BaseJWTService> host = this->where_.make(options);
    const auto theirs = this->run(host->create_token(Grant("ann")));
    (void)this->run(host->sessions("ann"));
    (void)this->run(host->validate_access_token(one.access));
    (void)this->run(host->update_token(Grant(), two.refresh));  // expired, or not yet valid
    (void)this->run(host->update_token(Grant(), theirs.refresh));
    (void)this->run(host->search_token(theirs.refresh));
    (void)this->run(host->invalidate_token(theirs.refresh));
    (void)this->run(host->create_token(Grant("ann")));
    EXPECT_TRUE(this->lives(one)) << error.count();
    EXPECT_TRUE(this->lives(two)) << error.count();
    this->clock_.advance(6 * 24h);
    EXPECT_EQ(this->refresh_error(one), boost::system::error_code{}) << error.count();
    EXPECT_TRUE(this->rotate(two).has_value()) << error.count();
    this->run(this->service_->end_sessions("ann"));
  }
}

TYPED_TEST(JWTServiceRotation, TheSubjectCannotBeChanged) {
  const auto pair = this->create("alice", Scope{"read"});
  Grant data;
  data.sub = "admin";
  data.scope = Scope{"admin"};
  EXPECT_EQ(this->run(this->service_->update_token(data, pair.refresh)).error(),
            TokenError::subject_mismatch);
  EXPECT_TRUE(this->lives(pair));
}

TYPED_TEST(JWTServiceRotation, TheScopeCanOnlyNarrow) {
  const auto pair = this->create("alice", Scope{"read", "write"});
  Grant data;
  data.sub = "alice";
  data.scope = Scope{"read", "admin"};
  EXPECT_EQ(this->run(this->service_->update_token(data, pair.refresh)).error(),
            TokenError::scope_exceeded);
  data.scope = Scope{"write"};
  const auto narrow = this->run(this->service_->update_token(data, pair.refresh));
  ASSERT_TRUE(narrow.has_value());
  EXPECT_EQ(this->run(this->service_->validate_access_token(narrow->access))->scope, data.scope);
  data.scope = Scope{"read"};
  EXPECT_EQ(this->run(this->service_->update_token(data, narrow->refresh)).error(),
            TokenError::scope_exceeded);
  const auto carried = this->rotate(*narrow);
  ASSERT_TRUE(carried.has_value());
  EXPECT_EQ(this->run(this->service_->validate_access_token(carried->access))->scope,
            Scope{"write"});
  // A token without a scope cannot pass one on.
  const auto plain = this->create("bob");
  data.sub = "bob";
  EXPECT_EQ(this->run(this->service_->update_token(data, plain.refresh)).error(),
            TokenError::scope_exceeded);
}

TYPED_TEST(JWTServiceRotation, ExtraIsCarriedOnOrReplaced) {
  Grant data;
  data.sub = "123";
  data.extra["a"] = 1;
  const auto pair = this->run(this->service_->create_token(data));
  const auto carried = this->rotate(pair);
  ASSERT_TRUE(carried.has_value());
  EXPECT_EQ(this->run(this->service_->validate_access_token(carried->access))->extra.at("a"), 1);
  data.extra = {{"b", 2}};
  const auto replaced = this->run(this->service_->update_token(data, carried->refresh));
  ASSERT_TRUE(replaced.has_value());
  const auto claims = this->run(this->service_->validate_access_token(replaced->access));
  EXPECT_FALSE(claims->extra.contains("a"));
  EXPECT_EQ(claims->extra.at("b"), 2);
}

TYPED_TEST(JWTServiceRotation, MisuseSpendsNothing) {
  const auto pair = this->create();
  Grant data;
  data.scope = Scope{"not a token"};
  EXPECT_THROW(this->run(this->service_->update_token(data, pair.refresh)), std::invalid_argument);
  EXPECT_TRUE(this->lives(pair));
}

TYPED_TEST(JWTServiceRotation, ThePairMustBelongTogether) {
  const auto pair = this->create();
  const auto other = this->create();
  const auto stranger = this->create("456");
  const auto wrong = [&](const std::string& access) {
    return this->run(this->service_->update_token(Grant{}, access, pair.refresh)).error();
  };
  EXPECT_EQ(wrong(other.access), TokenError::pair_mismatch);
  EXPECT_EQ(wrong(stranger.access), TokenError::pair_mismatch);
  EXPECT_EQ(wrong(pair.refresh), TokenError::wrong_type);
  EXPECT_EQ(this->run(this->service_->validate_refresh_token(other.access, pair.refresh)).error(),
            TokenError::pair_mismatch);
  EXPECT_EQ(this->run(this->service_->search_token(other.access, pair.refresh)).error(),
            TokenError::pair_mismatch);
  auto broken = pair.access;
  broken.back() = broken.back() == 'A' ? 'Q' : 'A';
  EXPECT_TRUE(wrong(broken));
  EXPECT_TRUE(this->lives(pair));
  // The access token may have expired.
  this->clock_.advance(24h);
  const auto next = this->run(this->service_->update_token(Grant{}, pair.access, pair.refresh));
  ASSERT_TRUE(next.has_value()) << next.error();
  EXPECT_EQ(this->run(this->service_->validate_refresh_token(pair.access, next->refresh)).error(),
            TokenError::pair_mismatch);
  EXPECT_TRUE(
      this->run(this->service_->validate_refresh_token(next->access, next->refresh)).has_value());
}

TYPED_TEST(JWTServiceRotation, ASessionEndsAtItsAgeHoweverOftenItIsRotated) {
  JWTServiceOptions options;
  options.refresh_token_expire_time = 10 * 24h;
  options.session_expire_time = 15 * 24h;
  this->start(options);
  const auto begun = this->clock_.now();
  auto pair = this->create();
  this->clock_.advance(9 * 24h);
  auto next = this->rotate(pair);
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(this->run(this->service_->validate_refresh_token(next->refresh))->exp,
            begun + 15 * 24h);
  this->clock_.advance(6 * 24h + 30s - 1us);
  next = this->rotate(*next);
  ASSERT_TRUE(next.has_value()) << next.error();
  EXPECT_FALSE(this->refresh_error(*next));
  this->clock_.advance(1us);
  EXPECT_EQ(this->rotate(*next).error(), TokenError::expired);
  EXPECT_EQ(this->access_error(*next), TokenError::expired);
}

TYPED_TEST(JWTServiceRotation, AThousandAtOnceMakeOneGeneration) {
  const auto old = this->create();
  const auto results = this->rotate_at_once(old, 1000);
  const auto won = std::count_if(results.begin(), results.end(),
                                 [](const auto& one) { return one.has_value(); });
  const auto reused = std::count_if(results.begin(), results.end(), [](const auto& one) {
    return one.has_error() && one.error() == TokenError::token_reused;
  });
  // Without a grace the second use is reuse and ends the session. The others find no session.
  EXPECT_EQ(won, 1);
  EXPECT_EQ(reused, 1);
  EXPECT_EQ(this->rotate(old).error(), TokenError::unknown_token);
}

TYPED_TEST(JWTServiceRotation, AThousandAtOnceWithinTheGraceAllGetTheOneGeneration) {
  this->start_with_grace(10s);
  const auto old = this->create();
  this->clock_.advance(1us);
  const auto results = this->rotate_at_once(old, 1000);
  for (const auto& one : results) {
    ASSERT_TRUE(one.has_value()) << one.error();
    ASSERT_EQ(one->refresh, results.front()->refresh);
    ASSERT_EQ(one->access, results.front()->access);
  }
  EXPECT_TRUE(this->lives(*results.front()));
  this->clock_.advance(10s);
  EXPECT_EQ(this->rotate(old).error(), TokenError::token_reused);
  EXPECT_EQ(this->access_error(*results.front()), TokenError::unknown_token);
}

TYPED_TEST(JWTServiceRotation, AClockThatLagsMakesNoGrace) {
  const auto old = this->create();
  this->clock_.advance(1s);
  ASSERT_TRUE(this->rotate(old).has_value());
  this->clock_.advance(-1s);  // as on another host
  EXPECT_EQ(this->rotate(old).error(), TokenError::token_reused);
}

TYPED_TEST(JWTServiceRotation, TheVerySameCallAgainIsNoReuse) {
  const auto store = this->where_.make_store();
  const auto now = this->clock_.now();
  Session session;
  session.id = std::string(16, 'a');
  session.refresh = std::string(16, '1');
  session.created = session.rotated = now;
  session.expires = now + 1h;
  this->loop_.run(store->save("123", session, 10, now));
  const std::string next(16, '2');
  Rotation rotation{};
  rotation.session = session.id;
  rotation.presented = {Id(session.refresh), now};
  rotation.next = next;
  rotation.now = now;
  rotation.rotated = now + 1us;
  rotation.expires = now + 2h;
  rotation.max_age = 24h;
  const auto once = this->run(store->rotate("123", rotation));
  ASSERT_TRUE(once.has_value());
  EXPECT_EQ(once->session.refresh, next);
  EXPECT_FALSE(once->healed);
  rotation.now = now + 10min;
  const auto again = this->run(store->rotate("123", rotation));
  ASSERT_TRUE(again.has_value()) << again.error();
  EXPECT_EQ(again->session, once->session);
  const auto check = store->check_of("123", session.id, {Id(next), now}, now);
  EXPECT_EQ(this->run(store->find(check)), once->session);
  const std::string other(16, '3');
  rotation.next = other;
  EXPECT_EQ(this->run(store->rotate("123", rotation)).error(), TokenError::token_reused);
  EXPECT_EQ(this->run(store->find(check)), std::nullopt);
}

}  // namespace
}  // namespace webtool::auth
