#include <webtool/throttle/in_memory_limiter.hpp>

#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>

#include <algorithm>
#include <array>
#include <mutex>
#include <stdexcept>
#include <string>

#include "throttle/window.hpp"

namespace webtool::throttle {
namespace {

namespace bmi = boost::multi_index;

// What a limiter keeps of one counter. Both parts that are not the key change without its index.
struct Entry {
  std::string key;
  mutable Words words{};
  mutable std::int64_t expires = 0;  // by the clock, not by the state's own time
};

struct Hash {
  std::size_t operator()(std::string_view key) const noexcept {
    return std::hash<std::string_view>{}(key);
  }
};

// By key, and in the order of their last charge.
using Table = bmi::multi_index_container<
    Entry, bmi::indexed_by<bmi::hashed_unique<bmi::member<Entry, std::string, &Entry::key>, Hash,
                                              std::equal_to<>>,
                           bmi::sequenced<>>>;

constexpr std::size_t shard_count = 64;
constexpr std::size_t swept_per_charge = 2;

struct Shard {
  mutable std::mutex mutex;
  Table table;
  Table::nth_index<1>::type::iterator hand = table.get<1>().end();

  // Looks at the next few, round and round, and drops those that no longer matter.
  void sweep(std::int64_t now) {
    auto& order = table.get<1>();
    for (std::size_t i = 0; i < swept_per_charge && !order.empty(); ++i) {
      if (hand == order.end()) hand = order.begin();
      if (hand->expires <= now) {
        hand = order.erase(hand);
      } else {
        ++hand;
      }
    }
  }

  void forget_oldest() {
    auto& order = table.get<1>();
    if (hand == order.begin()) ++hand;
    order.pop_front();
  }

  // Makes it the last one charged.
  void touch(Table::iterator entry) {
    auto& order = table.get<1>();
    const auto place = table.project<1>(entry);
    if (hand == place) ++hand;
    order.relocate(order.end(), place);
  }
};

// Texts of unknown content cannot run together: the session has its length in front.
void write_key(const Identity& identity, const Counter& counter, std::string& key) {
  const auto size = static_cast<std::uint32_t>(counter.session.size());
  key.assign(counter.group->id).append(identity.kind).append(":");
  key.append(reinterpret_cast<const char*>(&size), sizeof size);
  key.append(counter.session).append(identity.subject);
}

}  // namespace

struct InMemoryLimiter::State {
  explicit State(InMemoryLimiterOptions given) : options(std::move(given)) {}

  const InMemoryLimiterOptions options;
  std::array<Shard, shard_count> shards;

  // All counters of an attempt are in the shard of its identity, under one lock.
  Shard& shard_of(const Identity& identity) {
    return shards[(Hash{}(identity.subject) >> 48) % shard_count];
  }

  [[nodiscard]] std::size_t entries_per_shard() const {
    return std::max<std::size_t>(1, options.max_entries / shard_count);
  }

  Table::iterator find_or_add(Shard& shard, const std::string& key) const {
    const auto found = shard.table.find(key, Hash{}, std::equal_to<>{});
    if (found != shard.table.end()) return found;
    if (shard.table.size() >= entries_per_shard()) shard.forget_oldest();
    return shard.table.insert(Entry{key}).first;
  }

  // Looked at on a copy of nothing, an identity that has never been charged stays unknown.
  Decision decide(const Attempt& attempt) {
    const auto now = options.clock().time_since_epoch().count();
    Decision decision;
    std::string key;
    auto& shard = shard_of(attempt.identity);
    const std::scoped_lock hold(shard.mutex);
    for (const auto& counter : attempt.counters) {
      if (!counts(counter, attempt)) continue;
      write_key(attempt.identity, counter, key);
      const auto found = shard.table.find(key, Hash{}, std::equal_to<>{});
      Words none;
      Words& words = found == shard.table.end() ? none : found->words;
      look_at(counter, attempt, words, advance(words, now), decision);
    }
    if (!decision.allowed || attempt.peek || attempt.times == 0) return decision;
    auto outcome = decision.outcomes.begin();
    for (const auto& counter : attempt.counters) {
      if (!counts(counter, attempt)) continue;
      write_key(attempt.identity, counter, key);
      const auto entry = find_or_add(shard, key);
      charge_to(counter, attempt, *entry, now, outcome);
      shard.touch(entry);
    }
    shard.sweep(now);
    return decision;
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
  static void charge_to(const Counter& counter, const Attempt& attempt, const Entry& entry,
                        std::int64_t now, std::vector<Outcome>::iterator& outcome) {
    const auto time = advance(entry.words, now);
    for (const auto& limit : counter.group->limits) {
      if (!counts(limit, attempt)) continue;
      if (outcome->allowed) charge(limit, entry.words, time, cost(limit, attempt), *outcome);
      ++outcome;
    }
    std::int64_t longest = 0;
    for (const auto& limit : counter.group->limits)
      longest = std::max(longest, rest(limit, entry.words, time));
    entry.expires = now + longest;
  }
};

InMemoryLimiter::InMemoryLimiter(InMemoryLimiterOptions options) {
  if (options.max_entries == 0)
    throw std::invalid_argument("InMemoryLimiterOptions::max_entries must be positive");
  if (!options.clock) throw std::invalid_argument("InMemoryLimiterOptions::clock must be callable");
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
    sum += shard.table.size();
  }
  return sum;
}

}  // namespace webtool::throttle
