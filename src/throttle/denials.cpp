#include "throttle/denials.hpp"

#include <algorithm>

#include "core/keyed_hash.hpp"

namespace webtool::throttle {
namespace {

constexpr std::size_t shard_count = 64;

std::uint64_t units(const Limit& limit, std::uint32_t times) {
  return std::uint64_t{limit.cost} * times;
}

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

void Denials::remember(std::string_view key, const Outcome& outcome, std::uint32_t times,
                       SteadyTimestamp now) {
  const auto [shard, index] = place(key);
  const std::scoped_lock hold(shard.mutex);
  auto& slot = shard.slots[index];
  slot.key.assign(key);
  slot.head = outcome.limit->head;
  slot.units = units(*outcome.limit, times);
  slot.remaining = outcome.remaining;
  slot.reset = now + outcome.reset;
  slot.until = now + outcome.retry_after;
}

std::optional<Outcome> Denials::find(std::string_view key, const Group& group, RuleSet rules,
                                     std::uint32_t times, SteadyTimestamp now) const {
  const auto [shard, index] = place(key);
  const std::scoped_lock hold(shard.mutex);
  const auto& slot = shard.slots[index];
  if (slot.until <= now || slot.key != key) return std::nullopt;
  for (const auto& limit : group.limits) {
    const bool counts = !limit.shadow && (rules >> limit.rule & 1) != 0;
    if (limit.head != slot.head || !counts || units(limit, times) < slot.units) continue;
    Outcome outcome;
    outcome.limit = &limit;
    outcome.allowed = false;
    outcome.remaining = slot.remaining;
    outcome.reset = std::max(std::chrono::microseconds(0), slot.reset - now);
    outcome.retry_after = slot.until - now;
    return outcome;
  }
  return std::nullopt;
}

}  // namespace webtool::throttle
