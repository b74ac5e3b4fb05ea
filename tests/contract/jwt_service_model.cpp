// A long random walk of creating, rotating, replaying, revoking, expiring and flushing, compared
// step by step with a plain model of what sessions are (R16).
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

// What the model knows of a session: every pair it ever had, and when.
struct ModelSession {
  std::string id;
  Timestamp created;
  Timestamp rotated;
  Timestamp expires;
  std::vector<TokenPair> generations;
};

struct Presented {
  std::string sub;
  std::string session;
  std::size_t generation;
  TokenPair pair;
  Timestamp issued;
  Timestamp refresh_expires;
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
    if (what < 40) return rotate();
    if (what < 60) return validate_access();
    if (what < 75) return validate_refresh();
    if (what < 80) return search();
    if (what < 84) return invalidate();
    if (what < 87) return invalidate_other();
    if (what < 88) return invalidate_many();
    if (what < 89) return flush();
    // Whole seconds: a real store counts its own, and must not come to the end of a key's last
    // milliseconds before this clock does.
    this->clock_.advance(std::chrono::seconds(pick(0, what < 98 ? 3 : 60)));
  }

  // Mostly of the last tokens, since those of long ago are all dead.
  const Presented& any_token() {
    const int size = static_cast<int>(tokens_.size());
    const int from = pick(0, 9) == 0 ? 0 : std::max(0, size - 12);
    return tokens_[static_cast<std::size_t>(pick(from, size - 1))];
  }

  void remember(const std::string& sub, const ModelSession& session) {
    tokens_.push_back({sub, session.id, session.generations.size() - 1, session.generations.back(),
                       session.rotated, session.expires});
    if (tokens_.size() > 500) tokens_.erase(tokens_.begin(), tokens_.begin() + 250);
  }

  void create() {
    const std::string sub = "user" + std::to_string(pick(0, 4));
    Claims data;
    data.sub = sub;
    const auto pair = this->run(this->service_->create_token(data));
    const auto claims = this->run(this->service_->validate_refresh_token(pair.refresh));
    ASSERT_TRUE(claims.has_value()) << claims.error();
    auto& sessions = model_.of(sub);
    if (sessions.size() >= max_sessions) sessions.erase(oldest(sessions));
    sessions.push_back(
        {std::string(split_jti(claims->jti)->session), now(), now(), now() + refresh_time, {pair}});
    remember(sub, sessions.back());
  }

  static auto oldest(std::vector<ModelSession>& sessions) {
    return std::min_element(sessions.begin(), sessions.end(), [](const auto& a, const auto& b) {
      return std::tie(a.created, a.id) < std::tie(b.created, b.id);
    });
  }

  void rotate() {
    const auto token = any_token();
    const auto outcome = this->rotate_pair(token.pair);
    if (now() >= token.refresh_expires + leeway_) return expect(outcome, TokenError::expired);
    auto* session = model_.find(token);
    if (session == nullptr) return expect(outcome, TokenError::unknown_token);
    const auto current = session->generations.size() - 1;
    if (token.generation == current) {
      ASSERT_TRUE(outcome.has_value()) << outcome.error();
      session->generations.push_back(*outcome);
      session->rotated = now();
      session->expires = std::min<Timestamp>(now() + refresh_time, session->created + session_time);
      return remember(token.sub, *session);
    }
    if (token.generation + 1 == current && now() < session->rotated + grace) {
      ASSERT_TRUE(outcome.has_value()) << outcome.error();
      EXPECT_EQ(outcome->refresh, session->generations.back().refresh);
      EXPECT_EQ(outcome->access, session->generations.back().access);
      return;
    }
    expect(outcome, TokenError::token_reused);
    model_.end(token);
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

  // The store is emptied behind the service's back: everybody is out, nobody is in by mistake.
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
  result<TokenPair> rotate_pair(const TokenPair& pair) {
    // Half of the time with the access token, which must make no difference for its own pair.
    if (pick(0, 1) == 0) return JWTServiceContract<Where>::rotate(pair);
    return this->run(this->service_->update_token(Claims{}, pair.access, pair.refresh));
  }

 private:
  std::mt19937 random_;
  Model model_;
  std::vector<Presented> tokens_;
  std::chrono::seconds leeway_{0};
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
