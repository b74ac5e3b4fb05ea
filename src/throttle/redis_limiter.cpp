#include <webtool/throttle/redis_limiter.hpp>

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <lua/throttle_decide.hpp>
#include <webtool/auth/store_tag.hpp>
#include <webtool/cache/error.hpp>

#include "core/option_check.hpp"
#include "throttle/counting.hpp"
#include "throttle/layout.hpp"
#include "throttle/remembering_limiter.hpp"

namespace webtool::throttle {
namespace {

using std::chrono::microseconds;

constexpr std::size_t numbers_per_limit = 4;

template <class Integer>
std::string decimal(Integer number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return std::string(digits, end);
}

double read_number(std::string_view bytes, std::size_t index) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes.data() + index * sizeof bits, sizeof bits);
  bits = boost::endian::little_to_native(bits);
  double number = 0;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

// The key of a counter's state.
struct Place {
  std::string key;
  const Group* group;
};

// Returns the places of all counters that count the attempt. The keys are
// `wt:{H}:limit:<name of the counter>`.
std::vector<Place> places_of(const Attempt& attempt, const cache::RedisCache& cache) {
  const auto prefix = auth::subject_key(attempt.identity.subject) + ":limit:";
  std::vector<Place> places;
  places.reserve(attempt.counters.size());
  for (const auto& counter : attempt.counters) {
    if (!counts(counter, attempt)) continue;
    std::string key = prefix;
    append_counter_name(key, attempt.identity, counter);
    places.push_back({cache.key(std::move(key)), counter.group});
  }
  return places;
}

// Runs the script for every attempt.
class ScriptLimiter final : public BaseLimiter {
 public:
  ScriptLimiter(cache::RedisCache& cache, Clock clock)
      : cache_(cache), client_(cache.client()), clock_(std::move(clock)) {}

  awaitable<Decision> decide(const Attempt& attempt) override {
    const auto places = places_of(attempt, cache_);
    if (places.empty() && attempt.session == nullptr) {
      Decision nothing;
      nothing.granted = attempt.times;
      co_return nothing;
    }
    const auto reply = co_await ask(attempt, places);
    const auto* answer = reply.string();
    if (answer == nullptr) cache::refuse_reply();
    if (*answer == "unknown" || *answer == "revoked") {
      Decision decision;
      decision.allowed = false;
      decision.session_error =
          *answer == "unknown" ? jose::TokenError::unknown_token : jose::TokenError::revoked;
      co_return decision;
    }
    co_return read(attempt, places, *answer);
  }

  [[nodiscard]] bool checks(const auth::SessionCheck& session) const noexcept override {
    return session.store == &client_;
  }

 private:
  awaitable<redis::Reply> ask(const Attempt& attempt, const std::vector<Place>& places) {
    const auto clock = clock_ ? decimal(clock_().time_since_epoch().count()) : std::string();
    const auto rules = decimal(attempt.rules);
    const auto times = decimal(attempt.times);
    const auto* session = attempt.session;
    const auto issued =
        session ? decimal(session->issue.issued.time_since_epoch().count()) : std::string();
    const auto wall = session ? decimal(session->now.time_since_epoch().count()) : std::string();
    std::vector<std::string_view> names;
    if (session) names.push_back(session->key);
    for (const auto& place : places) names.push_back(place.key);
    std::vector<std::string_view> arguments{clock,
                                            rules,
                                            times,
                                            attempt.partial ? "some" : "all",
                                            attempt.peek || attempt.times == 0 ? "peek" : "charge",
                                            session ? session->session : std::string_view(),
                                            session ? session->issue.refresh : std::string_view(),
                                            issued,
                                            wall};
    for (const auto& place : places) arguments.push_back(place.group->layout->packed);
    co_return cache::reply_of(client_, co_await client_.evaluate(script_, names, arguments));
  }

  static Decision read(const Attempt& attempt, const std::vector<Place>& places,
                       std::string_view answer) {
    Decision decision;
    const auto size = answer.size() / sizeof(double);
    if (size == 0) cache::refuse_reply();
    decision.granted = static_cast<std::uint32_t>(read_number(answer, 0));
    std::size_t next = 1;
    for (const auto& place : places) {
      for (const auto& limit : place.group->limits) {
        if (!counts(limit, attempt)) continue;
        if (next + numbers_per_limit > size) cache::refuse_reply();
        Outcome outcome;
        outcome.limit = &limit;
        outcome.allowed = read_number(answer, next) != 0;
        outcome.remaining = static_cast<std::uint32_t>(read_number(answer, next + 1));
        outcome.reset = microseconds(static_cast<std::int64_t>(read_number(answer, next + 2)));
        const auto retry = static_cast<std::int64_t>(read_number(answer, next + 3));
        outcome.retry_after = retry < 0 ? Outcome::never : microseconds(retry);
        if (!outcome.allowed && !limit.shadow) decision.allowed = false;
        decision.outcomes.push_back(outcome);
        next += numbers_per_limit;
      }
    }
    if (next != size) cache::refuse_reply();
    return decision;
  }

  const cache::RedisCache& cache_;
  redis::Client& client_;
  const Clock clock_;
  const redis::Script script_{lua::throttle_decide};
};

}  // namespace

struct RedisLimiter::State {
  State(cache::RedisCache& cache, RedisLimiterOptions options)
      : script(cache, std::move(options.clock)) {
    OptionCheck("RedisLimiterOptions")(static_cast<bool>(options.denial_clock),
                                       "denial_clock must be callable");
    if (options.remembered_denials > 0)
      remembering.emplace(script, options.remembered_denials, std::move(options.denial_clock));
  }

  [[nodiscard]] BaseLimiter& front() {
    if (remembering) return *remembering;
    return script;
  }

  ScriptLimiter script;
  std::optional<RememberingLimiter> remembering;
};

RedisLimiter::RedisLimiter(cache::RedisCache& cache, RedisLimiterOptions options)
    : state_(std::make_unique<State>(cache, std::move(options))) {}

RedisLimiter::~RedisLimiter() = default;

awaitable<Decision> RedisLimiter::decide(const Attempt& attempt) {
  return state_->front().decide(attempt);
}

bool RedisLimiter::checks(const auth::SessionCheck& session) const noexcept {
  return state_->script.checks(session);
}

}  // namespace webtool::throttle
