#include <webtool/throttle/in_memory_limiter.hpp>

#include <spdlog/spdlog.h>
#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/keyed_hash.hpp"
#include "core/option_check.hpp"
#include "throttle/counters.hpp"
#include "throttle/counting.hpp"

namespace webtool::throttle {
namespace {

constexpr std::size_t max_shards = 64;
constexpr std::size_t entries_worth_a_shard = 1'024;
constexpr std::chrono::microseconds wait_for_room = std::chrono::seconds(1);

// The places of the counters of one attempt that count it.
using Places = boost::container::small_vector<Counters::Place, 4>;

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

  // All counters of an attempt are in the shard of its identity, so that one lock is enough.
  Counters& shard_of(std::uint64_t subject_hash) {
    return shards[(subject_hash >> 48) % shards.size()];
  }

  Decision decide(const Attempt& attempt) {
    const auto now = options.clock().time_since_epoch().count();
    Places places;
    const auto subject_hash = keyed_hash(attempt.identity.subject);
    auto& shard = shard_of(subject_hash);
    const std::scoped_lock hold(shard.mutex);
    for (const auto& counter : attempt.counters)
      if (counts(counter, attempt))
        places.push_back(shard.find(key_of(counter, attempt.identity, subject_hash)));
    auto times = least_times(attempt);
    auto decision = evaluate_all(attempt, places, shard, now, times);
    if (decision.allowed && times < attempt.times) {
      times = most_times(decision, attempt.times);
      decision = evaluate_all(attempt, places, shard, now, times);
    }
    if (!decision.allowed) return decision;
    decision.granted = times;
    if (attempt.peek || times == 0) return decision;
    if (!make_room(shard, places, now)) {
      refuse_for_want_of_room(decision);
      return decision;
    }
    auto outcome = decision.outcomes.begin();
    auto place = places.begin();
    for (const auto& counter : attempt.counters) {
      if (!counts(counter, attempt)) continue;
      if (*place == shard.nowhere())
        *place = shard.add(key_of(counter, attempt.identity, subject_hash));
      charge_to(counter, attempt, times, **place, now, outcome);
      shard.touch(*place);
      ++place;
    }
    size -= shard.sweep(now);
    return decision;
  }

  // Both texts that a client may choose, subject and session, go through the keyed hash. The text
  // of the key is valid until the next call in this thread, so that no decision allocates it.
  static CounterKey key_of(const Counter& counter, const Identity& identity,
                           std::uint64_t subject_hash) {
    static thread_local std::string text;
    write_counter_key(text, identity, counter);
    auto hash = subject_hash ^ std::hash<std::string_view>{}(counter.group->id);
    if (!counter.session.empty()) hash ^= keyed_hash(counter.session);
    return {hash, text};
  }

  // A peek must not create an entry, so an unknown identity is checked against an empty state.
  static Decision evaluate_all(const Attempt& attempt, const Places& places, const Counters& shard,
                               std::int64_t now, std::uint32_t times) {
    Decision decision;
    auto place = places.begin();
    for (const auto& counter : attempt.counters) {
      if (!counts(counter, attempt)) continue;
      Words none;
      Words& words = *place == shard.nowhere() ? none : (*place)->words;
      evaluate(counter, attempt, words, advance(words, now), times, decision);
      ++place;
    }
    return decision;
  }

  // Returns how many times all enforced limits have room, at most `times`.
  static std::uint32_t most_times(const Decision& decision, std::uint32_t times) {
    for (const auto& outcome : decision.outcomes)
      if (!outcome.limit->shadow) times = std::min(times, outcome.remaining / outcome.limit->cost);
    return times;
  }

  // Reserves room for the counters without an entry. The limit applies to all shards together, so
  // that a full shard drops nothing while others have room.
  bool make_room(Counters& shard, const Places& places, std::int64_t now) {
    std::size_t counted = 0;
    for (const auto& place : places) {
      if (place != shard.nowhere()) continue;
      ++counted;
      if (size.fetch_add(1) < options.max_entries) continue;
      --size;
      if (shard.drop_one(now, {places.data(), places.size()})) continue;
      size -= counted - 1;
      return false;
    }
    return true;
  }

  // A client that cannot be counted must be refused. Otherwise an attacker could use a flood of
  // names to push out the counters that limit guesses.
  void refuse_for_want_of_room(Decision& decision) {
    for (auto& outcome : decision.outcomes) {
      if (outcome.limit->shadow) continue;
      outcome.allowed = decision.allowed = false;
      decision.granted = 0;
      outcome.remaining = 0;
      outcome.reset = outcome.retry_after = wait_for_room;
    }
    if (!has_said_full.exchange(true))
      spdlog::warn(
          "webtool: InMemoryLimiter is full ({} counters) and does not drop counters that deny; "
          "new clients are refused until some counters expire. Raise max_entries",
          options.max_entries);
  }

  static void evaluate(const Counter& counter, const Attempt& attempt, const Words& words,
                       std::int64_t time, std::uint32_t times, Decision& decision) {
    const auto& [id, limits, layout] = *counter.group;
    for (std::size_t i = 0; i < limits.size(); ++i) {
      if (!counts(limits[i], attempt)) continue;
      const auto outcome =
          throttle::evaluate(limits[i], layout->places[i], words, time, cost(limits[i], times));
      if (!outcome.allowed && !limits[i].shadow) decision.allowed = false;
      decision.outcomes.push_back(outcome);
    }
  }

  // Charges the outcomes of this counter and moves `outcome` behind them.
  static void charge_to(const Counter& counter, const Attempt& attempt, std::uint32_t times,
                        const Kept& entry, std::int64_t now,
                        std::vector<Outcome>::iterator& outcome) {
    const auto time = advance(entry.words, now);
    const auto& [id, limits, layout] = *counter.group;
    for (std::size_t i = 0; i < limits.size(); ++i) {
      const auto& limit = limits[i];
      const auto place = layout->places[i];
      if (!counts(limit, attempt)) continue;
      if (outcome->allowed) charge(limit, place, entry.words, time, cost(limit, times), *outcome);
      if (!limit.shadow && outcome->remaining < limit.cost) {
        const auto denied =
            throttle::evaluate(limit, place, entry.words, time, limit.cost).retry_after;
        entry.denies_until = std::max<std::int64_t>(entry.denies_until, now + denied.count());
      }
      ++outcome;
    }
    std::int64_t longest = 0;
    for (std::size_t i = 0; i < limits.size(); ++i)
      longest = std::max(longest, time_until_idle(limits[i], layout->places[i], entry.words, time));
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
