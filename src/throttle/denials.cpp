#include "throttle/denials.hpp"

#include <algorithm>

#include "core/keyed_hash.hpp"
#include "throttle/counting.hpp"

namespace webtool::throttle {
namespace {

constexpr std::size_t shard_count = 64;

}  // namespace

Denials::Denials(std::size_t size) : shards_(new Shard[shard_count]) {
  const auto each = (size + shard_count - 1) / shard_count;
  for (std::size_t i = 0; i < shard_count; ++i) shards_[i].slots.resize(each);
}

Denials::~Denials() = default;

std::pair<Denials::Shard&, std::size_t> Denials::place(std::string_view key) const {
  const auto hash = keyed_hash(key);
  auto& shard = shards_[hash % shard_count];
  return {shard, hash / shard_count % shard.slots.size()};
}

void Denials::remember(std::string_view key, std::size_t index, const Outcome& outcome,
                       std::uint32_t times, SteadyTimestamp now) {
  const auto [shard, at] = place(key);
  const std::scoped_lock hold(shard.mutex);
  auto& slot = shard.slots[at];
  slot.key.assign(key);
  slot.index = index;
  slot.units = cost(*outcome.limit, times);
  slot.remaining = outcome.remaining;
  slot.reset = now + outcome.reset;
  slot.until = now + outcome.retry_after;
}

std::optional<Outcome> Denials::find(std::string_view key, const Group& group, RuleSet rules,
                                     std::uint32_t times, SteadyTimestamp now) const {
  const auto [shard, at] = place(key);
  const std::scoped_lock hold(shard.mutex);
  const auto& slot = shard.slots[at];
  if (slot.until <= now || slot.key != key) return std::nullopt;
  const auto& limit = group.limits.at(slot.index);
  const bool is_counted = !limit.shadow && (rules >> limit.rule & 1) != 0;
  if (!is_counted || cost(limit, times) < slot.units) return std::nullopt;
  Outcome outcome;
  outcome.limit = &limit;
  outcome.allowed = false;
  outcome.remaining = slot.remaining;
  outcome.reset = std::max(std::chrono::microseconds(0), slot.reset - now);
  outcome.retry_after = slot.until - now;
  return outcome;
}

}  // namespace webtool::throttle
