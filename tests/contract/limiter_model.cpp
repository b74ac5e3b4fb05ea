// A long random sequence over random policies. Each step is compared with the plain limiter: every
// limiter makes the same decisions, exact to one request and one microsecond.
//
// Redis expires its keys in real time, but the clock of the test advances by ticks of ten minutes.
// So nothing here expires within a real minute.
#include "contract/limiters.hpp"

#include <cstdlib>
#include <iostream>
#include <random>

#include "contract/plain_limiter.hpp"
#include "support/limit_rule.hpp"

namespace webtool::throttle {
namespace {

using std::chrono::microseconds;
using test::algorithms;

constexpr int steps = 100'000;
constexpr int steps_per_episode = 400;
constexpr microseconds tick = std::chrono::minutes(10);

std::string show(const Decision& decision) {
  std::string text = decision.allowed ? "allowed" : "denied";
  text += " " + std::to_string(decision.granted);
  for (const auto& outcome : decision.outcomes)
    text += "\n  " + outcome.limit->name + (outcome.allowed ? " allowed" : " denied") +
            ", remaining " + std::to_string(outcome.remaining) + ", reset " +
            std::to_string(outcome.reset.count()) + ", retry after " +
            std::to_string(outcome.retry_after.count());
  return text;
}

template <class Where>
class LimiterModel : public LimiterContract<Where> {
 protected:
  void walk(Algorithm algorithm) {
    const char* given = std::getenv("WEBTOOL_SEED");
    const unsigned seed = given ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
    std::cout << "WEBTOOL_SEED=" << seed << std::endl;
    random_.seed(seed);
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      if (step % steps_per_episode == 0) begin_episode(algorithm);
      SCOPED_TRACE("step " + std::to_string(step));
      take_step();
    }
    std::cout << allowed_ << " allowed, " << denied_ << " denied" << std::endl;
    EXPECT_GT(allowed_, steps / 10);
    EXPECT_GT(denied_, steps / 10);
  }

 private:
  std::int64_t pick(std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(random_);
  }
  bool one_in(int count) { return pick(1, count) == 1; }

  // Two routes that share one rule. Each has further rules.
  void begin_episode(Algorithm algorithm) {
    const auto largest = one_in(5) ? 2000 : one_in(4) ? 1 : 12;
    auto shared = make_rule(algorithm, largest);
    shared.throttle_key = "shared";
    policies_.clear();
    for (const auto* route : {"GET /a", "GET /b"}) {
      std::vector<LimitRule> rules;
      for (auto count = pick(1, 3); count > 0; --count)
        rules.push_back(
            make_rule(one_in(4) ? algorithms[pick(0, 2)] : algorithm, one_in(6) ? 1200 : largest));
      if (one_in(2)) {
        shared.cost = static_cast<std::uint32_t>(pick(1, std::min(3u, shared.max_requests)));
        rules.insert(rules.begin() + pick(0, static_cast<int>(rules.size())), shared);
      }
      policies_.emplace_back(route, std::move(rules), pick(2, 20));
    }
    // The steps of time and the sizes of bursts come from the first rule.
    const auto& rule = policies_[0].rules()[0];
    interval_ = rule.interval / tick + 1;
    beat_ = std::max<std::int64_t>(1, interval_ / rule.max_requests / pick(1, 3));
    batch_ = std::max<std::int64_t>(2, rule.max_requests / pick(1, 8));
    const auto episode = std::to_string(++episode_);
    for (std::size_t i = 0; i < subjects_.size(); ++i)
      subjects_[i] = std::string("\0{}|:", 5) + episode + "." + std::to_string(i);
  }

  LimitRule make_rule(Algorithm algorithm, std::int64_t largest) {
    LimitRule rule;
    rule.algorithm = algorithm;
    rule.max_requests =
        static_cast<std::uint32_t>(pick(std::max<std::int64_t>(1, largest / 3), largest));
    // Nearly a whole number of ticks, so that there are remainders, but no limit expires soon.
    rule.interval = tick * pick(2, 6) * rule.max_requests;
    if (one_in(2)) rule.interval -= microseconds(pick(1, 999));
    if (one_in(4)) rule.cost = static_cast<std::uint32_t>(pick(1, rule.max_requests));
    rule.shadow = one_in(6);
    return rule;
  }

  void take_step() {
    pass_time();
    const auto& policy = policies_[one_in(4) ? 1 : 0];
    const auto& subject = subjects_[one_in(3) ? pick(0, 2) : 0];
    const bool known = &subject == &subjects_[0] ? !one_in(4) : one_in(2);
    const std::string session = one_in(3) ? "" : "session" + std::to_string(pick(0, 2));
    Attempt attempt;
    attempt.identity = {known ? "user" : "ip", subject};
    for (const auto& group : policy.groups())
      attempt.counters.push_back({&group, known ? std::string_view() : session});
    if (!known)
      for (const auto& group : policy.address_groups()) attempt.counters.push_back({&group, {}});
    if (one_in(4)) attempt.rules = static_cast<RuleSet>(pick(0, 15));
    if (one_in(5)) attempt.times = static_cast<std::uint32_t>(pick(1, batch_ + 1));
    attempt.partial = one_in(4);
    attempt.peek = one_in(8);
    const auto expected = model_.decide(attempt, this->clock_.now().time_since_epoch().count());
    const auto decision = this->decide(attempt);
    ASSERT_EQ(show(decision), show(expected));
    ASSERT_FALSE(decision.session_error);
    ++(decision.allowed ? allowed_ : denied_);
  }

  // Bursts, steady polling, pauses, times close to the end of a window, and a clock that is set
  // back.
  void pass_time() {
    if (left_in_phase_-- <= 0) {
      phase_ = static_cast<int>(pick(0, 9));
      left_in_phase_ = static_cast<int>(pick(1, 40));
    }
    if (phase_ < 3) return;
    if (phase_ < 6) return advance(one_in(2) ? beat_ : 1);
    if (phase_ < 8) return advance(pick(0, 2 * beat_));
    phase_ = 0;
    if (one_in(3)) return set_back(pick(1, interval_));
    if (one_in(2)) return advance(interval_ + pick(-1, 1));
    advance(pick(0, 2 * interval_));
  }

  void advance(std::int64_t ticks) { this->clock_.advance(tick * ticks); }

  void set_back(std::int64_t ticks) {
    // A limiter may drop a state that no longer matters, or keep it. The two differ at an earlier
    // time, so such subjects get a new name before the clock is set back.
    const auto now = this->clock_.now().time_since_epoch().count();
    for (auto& subject : subjects_)
      if (model_.at_rest(subject, now)) subject += "'";
    advance(-ticks);
  }

  std::mt19937 random_;
  PlainLimiter model_;
  std::vector<Policy> policies_;
  std::array<std::string, 3> subjects_;
  std::int64_t interval_ = 1;  // in ticks, of one of the rules
  std::int64_t beat_ = 1;      // the ticks between its requests
  std::int64_t batch_ = 1;
  int phase_ = 0;
  int left_in_phase_ = 0;
  int episode_ = 0;
  int allowed_ = 0;
  int denied_ = 0;
};
TYPED_TEST_SUITE(LimiterModel, Limiters);

TYPED_TEST(LimiterModel, SlidingWindow) {
  this->walk(Algorithm::sliding_window);
}
TYPED_TEST(LimiterModel, Gcra) {
  this->walk(Algorithm::gcra);
}
TYPED_TEST(LimiterModel, FixedWindow) {
  this->walk(Algorithm::fixed_window);
}

}  // namespace
}  // namespace webtool::throttle
