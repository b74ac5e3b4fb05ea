// The embedded limiter: for one process, without a server.
//
// May be used from any number of threads. States are in shards. Each shard has its own mutex, and a
// secret hash selects the shard. Each charge also checks a few other states and removes those that
// are no longer needed. No operation scans all states.
#pragma once

#include <cstddef>
#include <memory>

#include <webtool/core/clock.hpp>
#include <webtool/throttle/base_limiter.hpp>

namespace webtool::throttle {

struct InMemoryLimiterOptions {
  /// The maximum number of states: one for each identity and group of rules. If full, the limiter
  /// drops the state with the oldest charge, but never a state that still denies. If nearly all
  /// states deny, a client without a state is refused (Retry-After: 1), and a warning is logged
  /// once. `max_entries` other identities can displace a state that does not deny yet. So choose
  /// more than an attacker can have in one interval.
  std::size_t max_entries = 1'000'000;
  SteadyClock clock = steady_now;
};

class InMemoryLimiter final : public BaseLimiter {
 public:
  /// Throws std::invalid_argument that names the invalid option.
  explicit InMemoryLimiter(InMemoryLimiterOptions options = {});
  ~InMemoryLimiter() override;

  awaitable<Decision> decide(const Attempt& attempt) override;

  /// Returns the number of states, including states that are no longer needed but not yet dropped.
  [[nodiscard]] std::size_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace webtool::throttle
