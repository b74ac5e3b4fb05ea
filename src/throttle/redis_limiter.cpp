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
#include "throttle/denials.hpp"

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

bool counts(const Attempt& attempt, const Limit& limit) {
  return (attempt.rules >> limit.rule & 1) != 0;
}

// Where the state of a counter is.
struct Place {
  std::string key;
  const Group* group;
};

// Of all counters that count: `wt:{H}:limit:<kind>:<group>`, and `:<session>` where an address has
// many.
std::vector<Place> places_of(const Attempt& attempt, const cache::RedisCache& cache) {
  const auto tag = auth::store_tag(attempt.identity.subject);
  std::vector<Place> places;
  places.reserve(attempt.counters.size());
  for (const auto& counter : attempt.counters) {
    const auto& limits = counter.group->limits;
    if (std::none_of(limits.begin(), limits.end(),
                     [&](const Limit& limit) { return counts(attempt, limit); }))
      continue;
    std::string key = "wt:{";
    key.append(tag).append("}:limit:").append(attempt.identity.kind);
    key.append(":").append(counter.group->id);
    if (!counter.session.empty()) key.append(":").append(counter.session);
    places.push_back({cache.key(std::move(key)), counter.group});
  }
  return places;
}

}  // namespace

struct RedisLimiter::State {
  State(cache::RedisCache& given_cache, RedisLimiterOptions given)
      : cache(given_cache), client(given_cache.client()), options(std::move(given)) {
    OptionCheck("RedisLimiterOptions")(static_cast<bool>(options.denial_clock),
                                       "denial_clock must be callable");
    if (options.remembered_denials > 0) denials.emplace(options.remembered_denials);
  }

  const cache::RedisCache& cache;
  redis::Client& client;
  const RedisLimiterOptions options;
  const redis::Script script{lua::throttle_decide};
  std::optional<Denials> denials;

  // The denial that will be given for certain.
  std::optional<Decision> recall(const Attempt& attempt, const std::vector<Place>& places) {
    if (!denials || attempt.peek) return std::nullopt;
    const auto now = options.denial_clock();
    for (const auto& place : places) {
      const auto denial = denials->find(place.key, *place.group, attempt.rules, attempt.times, now);
      if (!denial) continue;
      Decision decision;
      decision.allowed = false;
      decision.outcomes.push_back(*denial);
      return decision;
    }
    return std::nullopt;
  }

  awaitable<redis::Reply> ask(const Attempt& attempt, const std::vector<Place>& places) {
    const auto clock =
        options.clock ? decimal(options.clock().time_since_epoch().count()) : std::string();
    const auto rules = decimal(attempt.rules);
    const auto times = decimal(attempt.times);
    const auto* session = attempt.session;
    const auto wall = session ? decimal(session->now.time_since_epoch().count()) : std::string();
    std::vector<std::string_view> names;
    if (session) names.push_back(session->key);
    for (const auto& place : places) names.push_back(place.key);
    std::vector<std::string_view> arguments{clock,
                                            rules,
                                            times,
                                            attempt.peek || attempt.times == 0 ? "0" : "1",
                                            session ? session->session : std::string_view(),
                                            session ? session->refresh : std::string_view(),
                                            wall};
    for (const auto& place : places) arguments.push_back(place.group->packed);
    co_return cache::reply_of(client, co_await client.evaluate(script, names, arguments));
  }

  static Decision read(const Attempt& attempt, const std::vector<Place>& places,
                       std::string_view answer) {
    Decision decision;
    std::size_t next = 0;
    const auto size = answer.size() / sizeof(double);
    for (const auto& place : places) {
      for (const auto& limit : place.group->limits) {
        if (!counts(attempt, limit)) continue;
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

  void remember(const Attempt& attempt, const std::vector<Place>& places,
                const Decision& decision) {
    if (!denials || decision.allowed || attempt.peek) return;
    const auto now = options.denial_clock();
    auto outcome = decision.outcomes.begin();
    for (const auto& place : places) {
      for (const auto& limit : place.group->limits) {
        if (!counts(attempt, limit)) continue;
        if (!outcome->allowed && !limit.shadow && outcome->retry_after != Outcome::never)
          denials->remember(place.key, *outcome, attempt.times, now);
        ++outcome;
      }
    }
  }
};

RedisLimiter::RedisLimiter(cache::RedisCache& cache, RedisLimiterOptions options)
    : state_(std::make_unique<State>(cache, std::move(options))) {}

RedisLimiter::~RedisLimiter() = default;

awaitable<Decision> RedisLimiter::decide(const Attempt& attempt) {
  const auto places = places_of(attempt, state_->cache);
  if (places.empty() && attempt.session == nullptr) co_return Decision{};
  if (auto denial = state_->recall(attempt, places)) co_return std::move(*denial);
  const auto reply = co_await state_->ask(attempt, places);
  const auto* answer = reply.string();
  if (answer == nullptr) cache::refuse_reply();
  if (*answer == "unknown" || *answer == "revoked") {
    Decision decision;
    decision.allowed = false;
    decision.session_error =
        *answer == "unknown" ? jose::TokenError::unknown_token : jose::TokenError::revoked;
    co_return decision;
  }
  auto decision = State::read(attempt, places, *answer);
  state_->remember(attempt, places, decision);
  co_return decision;
}

bool RedisLimiter::checks(const auth::SessionCheck& session) const noexcept {
  return session.store == &state_->client;
}

}  // namespace webtool::throttle
