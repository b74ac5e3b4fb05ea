#include "throttle/remembering_limiter.hpp"

#include <string>
#include <utility>

#include "throttle/counting.hpp"

namespace webtool::throttle {
awaitable<Decision> RememberingLimiter::decide(const Attempt& attempt) {
  if (!attempt.peek)
    if (auto denial = recall(attempt)) co_return std::move(*denial);
  auto decision = co_await limiter_.decide(attempt);
  if (!decision.allowed && !decision.session_error && !attempt.peek) remember(attempt, decision);
  co_return decision;
}

std::optional<Decision> RememberingLimiter::recall(const Attempt& attempt) const {
  const auto now = clock_();
  std::string key;
  for (const auto& counter : attempt.counters) {
    if (!counts(counter, attempt)) continue;
    write_counter_key(key, attempt.identity, counter);
    const auto denial =
        denials_.find(key, *counter.group, attempt.rules, least_times(attempt), now);
    if (!denial) continue;
    Decision decision;
    decision.allowed = false;
    decision.outcomes.push_back(*denial);
    return decision;
  }
  return std::nullopt;
}

void RememberingLimiter::remember(const Attempt& attempt, const Decision& decision) {
  const auto now = clock_();
  std::string key;
  auto outcome = decision.outcomes.begin();
  for (const auto& counter : attempt.counters) {
    const auto& limits = counter.group->limits;
    for (std::size_t i = 0; i < limits.size() && outcome != decision.outcomes.end(); ++i) {
      if (!counts(limits[i], attempt)) continue;
      if (!outcome->allowed && !limits[i].shadow && outcome->retry_after != Outcome::never) {
        write_counter_key(key, attempt.identity, counter);
        denials_.remember(key, i, *outcome, least_times(attempt), now);
      }
      ++outcome;
    }
  }
}

}  // namespace webtool::throttle
