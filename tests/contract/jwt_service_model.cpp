// A long random sequence of create, rotate, narrow, replay, revoke, expire and flush, also with
// claims that are too large and hosts with wrong clocks. Each step is compared with a simple model
// of sessions.
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>

#include <webtool/auth/token_ids.hpp>

#include "contract/jwt_services.hpp"

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;

constexpr int steps = 100'000;
constexpr std::size_t max_sessions = 4;
constexpr auto refresh_time = 100s;
constexpr auto access_time = 30s;
constexpr auto session_time = 250s;
constexpr auto grace = 3s;

// The claims of a pair, except its subject.
struct Said {
  std::optional<Scope> scope;
  int extra = 0;

  friend bool operator==(const Said&, const Said&) = default;
};

// A session in the model: every pair that it ever had, and their times.
struct ModelSession {
  std::string id;
  Timestamp created;
  Timestamp rotated;
  Timestamp expires;
  std::vector<TokenPair> generations;
  Said says;  // the current one
};

struct Presented {
  std::string sub;
  std::string session;
  std::size_t generation;
  TokenPair pair;
  Timestamp issued;
  Timestamp refresh_expires;
  Said says;
};

class Model {
 public:
  ModelSession* find(const Presented& token) {
    auto& sessions = subjects_[token.sub];
    for (auto& session : sessions)
      if (session.id == token.session) return &session;
    return nullptr;
  }
  std::vector<ModelSession>& of(const std::string& sub) { return subjects_[sub]; }
  void expire(Timestamp now) {
    for (auto& [sub, sessions] : subjects_)
      std::erase_if(sessions, [&](const auto& session) { return session.expires <= now; });
  }
  void end(const Presented& token) {
    std::erase_if(subjects_[token.sub],
                  [&](const auto& session) { return session.id == token.session; });
  }
  void flush() { subjects_.clear(); }

 private:
  std::map<std::string, std::vector<ModelSession>> subjects_;
};

template <class Where>
class JWTServiceModel : public JWTServiceContract<Where> {
 protected:
  using Errors = boost::system::error_code;

  void walk(unsigned seed) {
    random_.seed(seed);
    JWTServiceOptions options;
    options.access_token_expire_time = access_time;
    options.refresh_token_expire_time = refresh_time;
    options.session_expire_time = session_time;
    options.rotation_grace = grace;
    options.max_sessions = max_sessions;
    options.claims.leeway = 0s;
    options_ = options;
    this->start(options);
    if constexpr (std::is_same_v<Where, UserService>) leeway_ = 30s;  // its manager's own
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      take_step();
    }
  }

 private:
  int pick(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  Timestamp now() const { return this->clock_.now(); }

  void take_step() {
    model_.expire(now());
    const int what = pick(0, 99);
    if (tokens_.empty() || what < 12) return create();
    if (what < 38) return rotate();
    if (what < 39) return rotate_to_what_is_too_large();
    if (what < 40) return visit_a_host_with_a_wrong_clock();
    if (what < 60) return validate_access();
    if (what < 75) return validate_refresh();
    if (what < 80) return search();
    if (what < 84) return invalidate();
    if (what < 87) return invalidate_other();
    if (what < 88) return invalidate_many();
    if (what < 89) return flush();
    // Whole seconds, because a real store has its own clock. It must not expire a key some
    // milliseconds before this clock does.
    this->clock_.advance(std::chrono::seconds(pick(0, what < 98 ? 3 : 60)));
  }

  // Mostly one of the last tokens, because old tokens no longer work.
  const Presented& any_token() {
    const int size = static_cast<int>(tokens_.size());
    const int from = pick(0, 9) == 0 ? 0 : std::max(0, size - 12);
    return tokens_[static_cast<std::size_t>(pick(from, size - 1))];
  }

  void remember(const std::string& sub, const ModelSession& session) {
    tokens_.push_back({sub, session.id, session.generations.size() - 1, session.generations.back(),
                       session.rotated, session.expires, session.says});
    if (tokens_.size() > 500) tokens_.erase(tokens_.begin(), tokens_.begin() + 250);
  }

  void create() {
    const std::string sub = "user" + std::to_string(pick(0, 4));
    create(sub);
  }

  void create(const std::string& sub) {
    Grant data;
    data.sub = sub;
    data.scope = Scope{"read", "write"};
    data.extra["n"] = 0;
    const auto pair = this->run(this->service_->create_token(data));
    const auto claims = this->run(this->service_->validate_refresh_token(pair.refresh));
    ASSERT_TRUE(claims.has_value()) << claims.error();
    auto& sessions = model_.of(sub);
    if (sessions.size() >= max_sessions) sessions.erase(oldest(sessions));
    sessions.push_back({std::string(split_jti(claims->jti)->session),
                        now(),
                        now(),
                        now() + refresh_time,
                        {pair},
                        {data.scope, 0}});
    remember(sub, sessions.back());
  }

  static auto oldest(std::vector<ModelSession>& sessions) {
    return std::min_element(sessions.begin(), sessions.end(), [](const auto& a, const auto& b) {
      return std::tie(a.created, a.id) < std::tie(b.created, b.id);
    });
  }

  void rotate() {
    const auto token = any_token();
    Said wanted = token.says;
    Grant data;
    if (pick(0, 3) == 0) data.scope = wanted.scope = Scope{};
    if (pick(0, 3) == 0 && includes(token.says.scope, Scope{"read"}))
      data.scope = wanted.scope = Scope{"read"};
    if (pick(0, 3) == 0) data.extra["n"] = wanted.extra = pick(1, 3);
    const auto outcome = this->rotate_pair(token.pair, data);
    if (now() >= token.refresh_expires + leeway_) return expect(outcome, TokenError::expired);
    auto* session = model_.find(token);
    if (session == nullptr) return expect(outcome, TokenError::unknown_token);
    const auto current = session->generations.size() - 1;
    if (token.generation == current) {
      ASSERT_TRUE(outcome.has_value()) << outcome.error();
      session->generations.push_back(*outcome);
      session->says = wanted;
      session->rotated = std::max<Timestamp>(now(), session->rotated + 1us);
      session->expires = std::min<Timestamp>(now() + refresh_time, session->created + session_time);
      return remember(token.sub, *session);
    }
    if (token.generation + 1 == current && now() < session->rotated + grace) {
      // A token that was spent for narrower claims does not return wider ones.
      if (wanted != session->says) return expect(outcome, TokenError::revoked);
      // The manager of UserService may add to `extra`, depending on the request.
      if (std::is_same_v<Where, UserService> && outcome.has_error())
        return expect(outcome, TokenError::revoked);
      ASSERT_TRUE(outcome.has_value()) << outcome.error();
      EXPECT_EQ(outcome->refresh, session->generations.back().refresh);
      EXPECT_EQ(outcome->access, session->generations.back().access);
      return;
    }
    expect(outcome, TokenError::token_reused);
    model_.end(token);
  }

  void rotate_to_what_is_too_large() {
    const auto token = any_token();
    Grant data;
    data.extra["x"] = std::string(7'000, 'x');
    if (now() >= token.refresh_expires + leeway_)
      return expect(this->rotate_pair(token.pair, data), TokenError::expired);
    EXPECT_THROW((void)this->rotate_pair(token.pair, data), std::length_error);
  }

  // A user with a session logs in and out on a host whose clock is days ahead or behind.
  void visit_a_host_with_a_wrong_clock() {
    const auto sub = "guest" + std::to_string(guests_++);
    create(sub);
    auto options = options_;
    options.secret_key = "0123456789abcdef0123456789abcdef";
    const auto error =
        std::chrono::seconds(pick(0, 1) == 0 ? pick(200, 900'000) : -pick(200, 900'000));
    options.clock = [clock = this->clock_.clock(), error] { return clock() + error; };
    const std::unique_ptr<BaseJWTService> host = this->where_.make(std::move(options));
    Grant data;
    data.sub = sub;
    const auto pair = this->run(host->create_token(data));
    (void)this->run(host->sessions(sub));
    (void)this->run(host->validate_refresh_token(tokens_.back().pair.refresh));
    ASSERT_TRUE(this->run(host->invalidate_token(pair.refresh)).has_value());
    expect_current(this->run(this->service_->validate_access_token(tokens_.back().pair.access)),
                   tokens_.back());
  }

  void validate_access() {
    const auto& token = any_token();
    const auto outcome = this->run(this->service_->validate_access_token(token.pair.access));
    const auto expires = std::min<Timestamp>(token.issued + access_time, token.refresh_expires);
    if (now() >= expires + leeway_) return expect(outcome, TokenError::expired);
    expect_current(outcome, token);
  }

  void validate_refresh() {
    const auto& token = any_token();
    const auto outcome = this->run(this->service_->validate_refresh_token(token.pair.refresh));
    if (now() >= token.refresh_expires + leeway_) return expect(outcome, TokenError::expired);
    expect_current(outcome, token);
  }

  void expect_current(const result<Claims>& outcome, const Presented& token) {
    const auto* session = model_.find(token);
    if (session == nullptr) return expect(outcome, TokenError::unknown_token);
    if (token.generation + 1 != session->generations.size())
      return expect(outcome, TokenError::revoked);
    ASSERT_TRUE(outcome.has_value()) << outcome.error();
    EXPECT_EQ(outcome->sub, token.sub);
    EXPECT_EQ(outcome->scope, token.says.scope);
    EXPECT_EQ(outcome->extra.at("n"), token.says.extra);
  }

  void search() {
    const auto& token = any_token();
    const auto& expected = model_.of(token.sub);
    const auto infos = this->run(this->service_->sessions(token.sub));
    ASSERT_EQ(infos.size(), expected.size());
    for (const auto& info : infos) {
      const auto same = std::find_if(expected.begin(), expected.end(), [&](const auto& one) {
        return one.id == info.refresh_jti.substr(0, 16);
      });
      ASSERT_NE(same, expected.end());
      EXPECT_EQ(info.created, same->created);
      EXPECT_EQ(info.rotated, same->rotated);
      EXPECT_EQ(info.expires, same->expires);
    }
    const auto outcome = this->run(this->service_->search_token(token.pair.refresh));
    if (now() >= token.refresh_expires + leeway_) return expect(outcome, TokenError::expired);
    const auto* session = model_.find(token);
    if (session == nullptr) return expect(outcome, TokenError::unknown_token);
    if (token.generation + 1 != session->generations.size())
      return expect(outcome, TokenError::revoked);
    ASSERT_TRUE(outcome.has_value()) << outcome.error();
    ASSERT_EQ(outcome->size(), infos.size());
    for (std::size_t i = 0; i < infos.size(); ++i) EXPECT_EQ((*outcome)[i], infos[i].refresh_jti);
  }

  void invalidate() {
    const auto token = any_token();
    const auto outcome = this->run(this->service_->invalidate_token(token.pair.refresh));
    if (now() >= token.refresh_expires + leeway_) return expect(outcome, TokenError::expired);
    if (model_.find(token) == nullptr) return expect(outcome, TokenError::unknown_token);
    ASSERT_TRUE(outcome.has_value()) << outcome.error();
    model_.end(token);
  }

  void invalidate_other() {
    const auto token = any_token();
    const auto target = any_token();
    const auto jti = target.session + std::string(16, '0');
    const auto outcome = this->run(this->service_->invalidate_token(token.pair.refresh, jti));
    if (now() >= token.refresh_expires + leeway_) return expect(outcome, TokenError::expired);
    const auto* session = model_.find(token);
    if (session == nullptr || target.sub != token.sub || model_.find(target) == nullptr)
      return expect(outcome, TokenError::unknown_token);
    if (target.session != token.session && token.generation + 1 != session->generations.size())
      return expect(outcome, TokenError::revoked);
    ASSERT_TRUE(outcome.has_value()) << outcome.error();
    model_.end(target);
  }

  void invalidate_many() {
    const auto token = any_token();
    const bool all = pick(0, 1) == 0;
    const auto outcome = this->run(all ? this->service_->invalidate_all(token.pair.refresh)
                                       : this->service_->invalidate_others(token.pair.refresh));
    if (now() >= token.refresh_expires + leeway_) return expect(outcome, TokenError::expired);
    const auto* session = model_.find(token);
    if (session == nullptr) return expect(outcome, TokenError::unknown_token);
    if (token.generation + 1 != session->generations.size())
      return expect(outcome, TokenError::revoked);
    ASSERT_TRUE(outcome.has_value()) << outcome.error();
    const auto ended = std::erase_if(
        model_.of(token.sub), [&](const auto& one) { return all || one.id != token.session; });
    EXPECT_EQ(*outcome, ended);
  }

  // Another program empties the store. All sessions must end, and none may work by mistake.
  void flush() {
    if constexpr (requires { this->where_.server; }) {
      this->where_.server.command({"FLUSHALL"});
      model_.flush();
    }
  }

  template <class T>
  static void expect(const result<T>& outcome, TokenError error) {
    ASSERT_TRUE(outcome.has_error()) << "instead of " << make_error_code(error);
    ASSERT_EQ(outcome.error(), error);
  }

 protected:
  result<TokenPair> rotate_pair(const TokenPair& pair, const Grant& data) {
    // In half of the cases with the access token. For its own pair that must not matter.
    if (pick(0, 1) == 0) return this->run(this->service_->update_token(data, pair.refresh));
    return this->run(this->service_->update_token(data, pair.access, pair.refresh));
  }

 private:
  std::mt19937 random_;
  Model model_;
  std::vector<Presented> tokens_;
  std::chrono::seconds leeway_{0};
  JWTServiceOptions options_;
  int guests_ = 0;
};
TYPED_TEST_SUITE(JWTServiceModel, JWTServices);

TYPED_TEST(JWTServiceModel, BehavesAsTheModel) {
  const char* given = std::getenv("WEBTOOL_SEED");
  const unsigned seed = given ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
  std::cout << "WEBTOOL_SEED=" << seed << std::endl;
  this->walk(seed);
}

}  // namespace
}  // namespace webtool::auth
