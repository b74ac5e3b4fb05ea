// A store that loses its last changes, as in a failover to a replica that has not received them.
// Honest users must stay logged in, and a copied token must still end its session.
#include <deque>
#include <map>
#include <random>

#include "auth/session_record.hpp"
#include "contract/jwt_services.hpp"
#include "support/recorder.hpp"

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> subjects{"123", "456", "789"};

template <class Where>
class JWTServiceLostChanges : public JWTServiceContract<Where> {
 protected:
  using Service = std::unique_ptr<BaseJWTService>;
  /// The bytes of each subject's sessions.
  using Image = std::map<std::string, std::string>;

  /// A service on the same store, on a host whose clock is wrong by `error`.
  Service host(std::chrono::microseconds error, JWTServiceOptions options = {}) {
    options.clock = [clock = this->clock_.clock(), error] { return clock() + error; };
    options.secret_key = "0123456789abcdef0123456789abcdef";
    options.observer = recorder_;
    return this->where_.make(std::move(options));
  }

  TokenPair begin(BaseJWTService& service, const std::string& sub) {
    Grant data;
    data.sub = sub;
    return this->run(service.create_token(data));
  }
  result<TokenPair> rotate(BaseJWTService& service, const TokenPair& pair) {
    return this->run(service.update_token(Grant{}, pair.refresh));
  }

  Image image() {
    Image image;
    for (const auto& sub : subjects) {
      if constexpr (std::is_same_v<Where, RedisService>) {
        const auto reply = this->where_.server.command({"DUMP", session_key(sub)});
        if (const auto* bytes = reply.string()) image[sub] = *bytes;
      } else {
        const auto document = this->run(this->where_.cache.get(document_key(sub)));
        if (document) image[sub] = *document;
      }
    }
    return image;
  }

  /// The store is as it was at that time.
  void restore(const Image& image) {
    for (const auto& sub : subjects) {
      const auto found = image.find(sub);
      if constexpr (std::is_same_v<Where, RedisService>) {
        const auto key = session_key(sub);
        this->where_.server.command({"DEL", key});
        if (found != image.end())
          this->where_.server.command({"RESTORE", key, "100000000", found->second});
      } else {
        const auto key = document_key(sub);
        if (found == image.end())
          (void)this->run(this->where_.cache.erase(key, {}));
        else
          (void)this->run(this->where_.cache.set(key, found->second, {.ex = 100'000s}));
      }
    }
  }

  /// How many sessions were healed since the last call.
  int healed() { return recorder_->take()["session healed"]; }

  std::shared_ptr<test::Recorder> recorder_ = std::make_shared<test::Recorder>();
};

using Stores = testing::Types<ServiceOnMemory, RedisService, ServiceOnUserCache>;
TYPED_TEST_SUITE(JWTServiceLostChanges, Stores);

TYPED_TEST(JWTServiceLostChanges, ARotationThatTheStoreLostIsNoReuse) {
  const auto service = this->host(0s);
  const auto first = this->begin(*service, "123");
  auto newest = first;
  const auto before = this->image();
  for (int lost = 1; lost <= 3; ++lost) {
    this->clock_.advance(1ms);
    newest = *this->rotate(*service, newest);
  }
  EXPECT_EQ(this->healed(), 0);
  this->restore(before);
  EXPECT_TRUE(this->run(service->validate_access_token(newest.access)).has_value());
  EXPECT_TRUE(this->run(service->validate_refresh_token(newest.refresh)).has_value());
  EXPECT_TRUE(this->run(service->search_token(newest.refresh)).has_value());
  this->clock_.advance(1ms);
  const auto next = this->rotate(*service, newest);
  ASSERT_TRUE(next.has_value()) << next.error();
  EXPECT_EQ(this->healed(), 1);
  EXPECT_TRUE(this->lives(*next));
  EXPECT_EQ(this->access_error(newest), TokenError::revoked);
  EXPECT_EQ(this->rotate(*service, first).error(), TokenError::token_reused);
  EXPECT_EQ(this->access_error(*next), TokenError::unknown_token);
}

TYPED_TEST(JWTServiceLostChanges, ATokenOfALostRotationEndsOtherSessions) {
  const auto service = this->host(0s);
  const auto other = this->begin(*service, "123");
  const auto first = this->begin(*service, "123");
  const auto before = this->image();
  this->clock_.advance(1ms);
  const auto newest = *this->rotate(*service, first);
  this->restore(before);
  EXPECT_EQ(this->run(service->invalidate_others(newest.refresh)).value(), 1u);
  EXPECT_EQ(this->access_error(other), TokenError::unknown_token);
  this->restore(before);
  EXPECT_EQ(this->run(service->invalidate_all(newest.refresh)).value(), 2u);
}

// `iat` has no fraction then.
TYPED_TEST(JWTServiceLostChanges, WholeSecondsHideNoGeneration) {
  JWTServiceOptions options;
  options.claims.numeric_dates = NumericDates::integer;
  const auto service = this->host(0s, options);
  const auto first = this->begin(*service, "123");
  auto newest = first;
  for (int i = 0; i < 20; ++i) {
    const auto before = this->image();
    const auto spent = newest;
    this->clock_.advance(1us);
    newest = *this->rotate(*service, spent);
    this->restore(before);
    this->clock_.advance(1us);
    const auto next = this->rotate(*service, newest);
    ASSERT_TRUE(next.has_value()) << i << ": " << next.error();
    newest = *next;
  }
  EXPECT_EQ(this->healed(), 20);
  EXPECT_EQ(this->rotate(*service, first).error(), TokenError::token_reused);
  EXPECT_EQ(this->healed(), 0);
}

TYPED_TEST(JWTServiceLostChanges, ACopiedTokenStillEndsTheSession) {
  for (const bool thief_first : {true, false}) {
    const auto service = this->host(0s);
    const auto first = this->begin(*service, "123");
    const auto before = this->image();
    this->clock_.advance(1s);
    const auto copied = *this->rotate(*service, first);
    this->clock_.advance(1s);
    const auto newest = *this->rotate(*service, copied);
    this->restore(before);
    this->clock_.advance(1s);
    const auto won = this->rotate(*service, thief_first ? copied : newest);
    ASSERT_TRUE(won.has_value()) << won.error();
    EXPECT_EQ(this->rotate(*service, thief_first ? newest : copied).error(),
              TokenError::token_reused);
    EXPECT_EQ(this->access_error(*won), TokenError::unknown_token);
  }
}

// A host whose clock is behind issues later tokens all the same. Otherwise a spent token could be
// later than the record.
TYPED_TEST(JWTServiceLostChanges, AClockThatIsBehindRevivesNoSpentToken) {
  const auto right = this->host(0s), behind = this->host(-20s);
  const auto first = this->begin(*right, "123");
  const auto second = *this->rotate(*behind, first);
  const auto third = *this->rotate(*behind, second);
  EXPECT_TRUE(this->lives(third));
  EXPECT_EQ(this->access_error(first), TokenError::revoked);
  EXPECT_EQ(this->access_error(second), TokenError::revoked);
  EXPECT_EQ(this->rotate(*right, first).error(), TokenError::token_reused);
  EXPECT_EQ(this->healed(), 0);
}

TYPED_TEST(JWTServiceLostChanges, AnIssueOfAnOlderVersionIsNoHealing) {
  const auto store = this->where_.make_store();
  const auto now = this->clock_.now();
  Session session;
  session.id = std::string(16, 'a');
  session.refresh = std::string(16, '2');
  session.previous = std::string(16, '1');
  session.created = now;
  session.rotated = now - 5s;  // a host whose clock was behind
  session.expires = now + 1h;
  this->loop_.run(store->save("123", session, 10, now));
  Rotation rotation{};
  const std::string next(16, '3');
  rotation.session = session.id;
  rotation.presented = {Id(session.previous), now};
  rotation.next = next;
  rotation.now = rotation.rotated = now;
  rotation.expires = now + 1h;
  rotation.max_age = 24h;
  EXPECT_EQ(this->run(store->rotate("123", rotation)).error(), TokenError::token_reused);
}

// Failovers at random that lose the last changes, on hosts whose clocks differ.
template <class Where>
class JWTServiceFailovers : public JWTServiceLostChanges<Where> {
 protected:
  void walk(unsigned seed, int steps) {
    random_.seed(seed);
    std::map<std::string, TokenPair> newest;
    record();
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", step " + std::to_string(step));
      this->clock_.advance(std::chrono::microseconds(pick(0, 3'000'000)));
      const auto& sub = subjects[static_cast<std::size_t>(pick(0, 2))];
      const auto found = newest.find(sub);
      const int what = pick(0, 9);
      if (found == newest.end()) {
        newest[sub] = this->begin(any_host(), sub);
        record();
      } else if (what < 5) {
        use(found->second);
      } else if (what < 8) {
        const auto claims = this->run(any_host().validate_access_token(found->second.access));
        EXPECT_TRUE(claims.has_value()) << claims.error();
      } else {
        lose(pick(1, 3));
        // Only a session that the store has never had is unknown.
        std::erase_if(newest,
                      [&](const auto& one) { return !changes_.back().contains(one.first); });
      }
    }
  }

  /// Returns whether the token was good.
  bool use(TokenPair& pair, bool expected = true) {
    const auto next = this->rotate(any_host(), pair);
    if (expected) {
      EXPECT_TRUE(next.has_value()) << next.error();
    }
    record();
    if (next.has_value()) pair = *next;
    return next.has_value();
  }

  void lose(int count) {
    while (count-- > 0 && changes_.size() > 1) changes_.pop_back();
    this->restore(changes_.back());
  }

  void record() {
    changes_.push_back(this->image());
    if (changes_.size() > 5) changes_.pop_front();
  }

  int pick(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  BaseJWTService& any_host() { return *hosts_[static_cast<std::size_t>(pick(0, 2))]; }

  std::mt19937 random_;
  std::deque<typename JWTServiceLostChanges<Where>::Image> changes_;
  JWTServiceOptions long_lived() {
    JWTServiceOptions options;
    options.access_token_expire_time = 24h * 30;
    options.refresh_token_expire_time = 24h * 60;
    return options;
  }
  const std::unique_ptr<BaseJWTService> hosts_[3] = {
      this->host(0s, long_lived()), this->host(-9s, long_lived()), this->host(9s, long_lived())};
};

TYPED_TEST_SUITE(JWTServiceFailovers, Stores);

TYPED_TEST(JWTServiceFailovers, LogNobodyOut) {
  for (unsigned seed = 1; seed <= 3; ++seed) this->walk(seed, 2'000);
  EXPECT_GT(this->healed(), 100);
}

// The thief has a copy of one of the last pairs, spent or not. Both use what they have, in any
// order, before and after failovers.
TYPED_TEST(JWTServiceFailovers, HideNoThief) {
  for (unsigned seed = 1; seed <= 300 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    this->random_.seed(seed);
    this->changes_.clear();
    TokenPair honest = this->begin(this->any_host(), "123");
    this->record();
    std::vector<TokenPair> seen{honest};
    const auto rotate_some = [&](int count) {
      for (int i = 0; i < count; ++i) {
        this->clock_.advance(std::chrono::microseconds(this->pick(0, 3'000'000)));
        this->use(honest);
        seen.push_back(honest);
      }
    };
    rotate_some(this->pick(0, 4));
    const auto last = static_cast<int>(seen.size()) - 1;
    TokenPair thief = seen[static_cast<std::size_t>(this->pick(std::max(0, last - 2), last))];
    rotate_some(this->pick(0, 2));
    if (this->pick(0, 3) > 0) this->lose(this->pick(1, 3));
    if (!this->changes_.back().contains("123")) continue;
    TokenPair* const order[] = {&thief, &honest};
    const auto first = static_cast<std::size_t>(this->pick(0, 1));
    int good = 0;
    for (std::size_t turn = 0; turn < 3; ++turn) {
      this->clock_.advance(std::chrono::microseconds(this->pick(0, 3'000'000)));
      if (this->use(*order[(first + turn) % 2], false)) ++good;
    }
    EXPECT_LT(good, 3);
    for (auto* const pair : order) {
      EXPECT_TRUE(this->access_error(*pair));
      EXPECT_FALSE(this->use(*pair, false));
    }
  }
}

}  // namespace
}  // namespace webtool::auth
