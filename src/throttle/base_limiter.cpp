#include <webtool/throttle/base_limiter.hpp>

namespace webtool::throttle {

void append_counter_name(std::string& out, const Identity& identity, const Counter& counter) {
  out.append(identity.kind).append(":").append(counter.group->id);
  if (!counter.session.empty()) out.append(":").append(counter.session);
}

bool BaseLimiter::checks(const auth::SessionCheck&) const noexcept {
  return false;
}

const Outcome* tightest(const Decision& decision) noexcept {
  const auto binds_more = [](const Outcome& left, const Outcome& right) {
    if (left.allowed != right.allowed) return !left.allowed;
    if (!left.allowed) return left.retry_after > right.retry_after;
    if (left.remaining != right.remaining) return left.remaining < right.remaining;
    return left.reset > right.reset;
  };
  const Outcome* most = nullptr;
  for (const auto& outcome : decision.outcomes) {
    if (outcome.limit->shadow) continue;
    if (most == nullptr || binds_more(outcome, *most)) most = &outcome;
  }
  return most;
}

Attempt attempt(const Policy& policy, Identity identity) {
  Attempt all;
  all.identity = identity;
  for (const auto* groups : {&policy.groups(), &policy.per_address_groups()})
    for (const auto& group : *groups) all.counters.push_back({&group, {}});
  return all;
}

}  // namespace webtool::throttle
