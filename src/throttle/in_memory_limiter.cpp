#include <webtool/throttle/in_memory_limiter.hpp>

#include <spdlog/spdlog.h>
#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include <webtool/auth/store_tag.hpp>

#include "core/option_check.hpp"
#include "throttle/counters.hpp"

namespace webtool::throttle {
namespace {

constexpr std::size_t max_shards = 64;
constexpr std::size_t entries_worth_a_shard = 1'024;
constexpr std::chrono::microseconds wait_for_room = std::chrono::seconds(1);

// Of the counters of one attempt.
using Places = boost::container::small_vector<Counters::Place, 4>;

// Longer subjects are kept as their digest: clients may choose them, and there may be many.
constexpr std::size_t max_subject_size = 128;

// Texts of unknown content cannot run together: the session has its length in front.
void write_key(const Identity& identity, const Counter& counter, std::string& key) {
  const auto size = static_cast<std::uint32_t>(counter.session.size());
  key.assign(counter.group->id).append(identity.kind).append(":");
  key.append(reinterpret_cast<const char*>(&size), sizeof size);
  key.append(counter.session);
  if (identity.subject.size() <= max_subject_size)
    key.append("=").append(identity.subject);
  else
    key.append("#").append(auth::store_tag(identity.subject));
}

}  // namespace

struct InMemoryLimiter::State {
  explicit State(InMemoryLimiterOptions given)
      : options(std::move(given)),
        shards(
            std::clamp<std::size_t>(options.max_entries / entries_worth_a_shard, 1, max_shards)) {}

  const InMemoryLimiterOptions options;
  std::vector<Counters> shards;
  std::atomic<std::size_t> size{0};  // of all shards
  std::atomic<bool> has_said_full{false};

  // All counters of an attempt are in the shard of its identity, under one lock.
  Counters& shard_of(const Identity& identity) {
    return shards[(keyed_hash(identity.subject) >> 48) % shards.size()];
  }

  // Looked at on a copy of nothing, an identity that has never been charged stays unknown.
  Decision decide(const Attempt& attempt) {
    const auto now = options.clock().time_since_epoch().count();
    Decision decision;
    Places places;
    std::string key;
    auto& shard = shard_of(attempt.identity);
    const std::scoped_lock hold(shard.mutex);
    for (const auto& counter : attempt.counters) {
      if (!counts(counter, attempt)) continue;
      write_key(attempt.identity, counter, key);
      const auto place = shard.find(key);
      places.push_back(place);
      Words none;
      Words& words = place == shard.nowhere() ? none : place->words;
      look_at(counter, attempt, words, advance(words, now), decision);
    }
    if (!decision.allowed || attempt.peek || attempt.times == 0) return decision;
    if (!make_room(shard, places, now)) {
      refuse_for_want_of_room(decision);
      return decision;
    }
    auto outcome = decision.outcomes.begin();
    auto place = places.begin();
    for (const auto& counter : attempt.counters) {
      if (!counts(counter, attempt)) continue;
      if (*place == shard.nowhere()) {
        write_key(attempt.identity, counter, key);
        *place = shard.add(key);
      }
      charge_to(counter, attempt, **place, now, outcome);
      shard.touch(*place);
      ++place;
    }
    size -= shard.sweep(now);
    return decision;
  }

  // For those of `places` that are nowhere. The bound is on all shards together, so that a crowded
  // shard forgets nothing while others have room.
  bool make_room(Counters& shard, const Places& places, std::int64_t now) {
    std::size_t counted = 0;
    for (const auto& place : places) {
      if (place != shard.nowhere()) continue;
      ++counted;
      if (size.fetch_add(1) < options.max_entries) continue;
      --size;
      if (shard.drop_one(now, places)) continue;
      size -= counted - 1;
      return false;
    }
    return true;
  }

  // A client that cannot be counted is refused: else a flood of names would make room for guesses.
  void refuse_for_want_of_room(Decision& decision) {
    for (auto& outcome : decision.outcomes) {
      if (outcome.limit->shadow) continue;
      outcome.allowed = decision.allowed = false;
      outcome.remaining = 0;
      outcome.reset = outcome.retry_after = wait_for_room;
    }
    if (!has_said_full.exchange(true))
      spdlog::warn(
          "webtool: InMemoryLimiter holds max_entries ({}) counters, and those that deny are not "
          "forgotten; new clients are refused until some expire. Raise max_entries",
          options.max_entries);
  }

  static bool counts(const Limit& limit, const Attempt& attempt) {
    return (attempt.rules >> limit.rule & 1) != 0;
  }

  static bool counts(const Counter& counter, const Attempt& attempt) {
    return std::any_of(counter.group->limits.begin(), counter.group->limits.end(),
                       [&](const Limit& limit) { return counts(limit, attempt); });
  }

  static std::uint64_t cost(const Limit& limit, const Attempt& attempt) {
    return std::uint64_t{limit.cost} * attempt.times;
  }

  static void look_at(const Counter& counter, const Attempt& attempt, const Words& words,
                      std::int64_t time, Decision& decision) {
    for (const auto& limit : counter.group->limits) {
      if (!counts(limit, attempt)) continue;
      const auto outcome = look(limit, words, time, cost(limit, attempt));
      if (!outcome.allowed && !limit.shadow) decision.allowed = false;
      decision.outcomes.push_back(outcome);
    }
  }

  // Takes the outcomes that are this counter's.
  static void charge_to(const Counter& counter, const Attempt& attempt, const Kept& entry,
                        std::int64_t now, std::vector<Outcome>::iterator& outcome) {
    const auto time = advance(entry.words, now);
    for (const auto& limit : counter.group->limits) {
      if (!counts(limit, attempt)) continue;
      if (outcome->allowed) charge(limit, entry.words, time, cost(limit, attempt), *outcome);
      if (!limit.shadow && outcome->remaining < limit.cost) {
        const auto denied = look(limit, entry.words, time, limit.cost).retry_after;
        entry.denies_until = std::max(entry.denies_until, now + denied.count());
      }
      ++outcome;
    }
    std::int64_t longest = 0;
    for (const auto& limit : counter.group->limits)
      longest = std::max(longest, rest(limit, entry.words, time));
    entry.expires = now + longest;
  }
};

InMemoryLimiter::InMemoryLimiter(InMemoryLimiterOptions options) {
  const OptionCheck require("InMemoryLimiterOptions");
  require(options.max_entries > 0, "max_entries must be positive");
  require(static_cast<bool>(options.clock), "clock must be callable");
  state_ = std::make_unique<State>(std::move(options));
}

InMemoryLimiter::~InMemoryLimiter() = default;

awaitable<Decision> InMemoryLimiter::decide(const Attempt& attempt) {
  co_return state_->decide(attempt);
}

std::size_t InMemoryLimiter::size() const {
  std::size_t sum = 0;
  for (const auto& shard : state_->shards) {
    const std::scoped_lock hold(shard.mutex);
    sum += shard.size();
  }
  return sum;
}

}  // namespace webtool::throttle
