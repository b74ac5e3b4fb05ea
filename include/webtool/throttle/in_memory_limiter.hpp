// The embedded limiter: for one process, with nothing to install.
//
// Any number of threads may use it. States live in shards of their own mutex, by a hash that nobody
// outside can know; every charge also looks at a few others and drops those that no longer matter,
// and nothing ever scans the whole.
#pragma once

#include <cstddef>
#include <memory>

#include <webtool/core/clock.hpp>
#include <webtool/throttle/base_limiter.hpp>

namespace webtool::throttle {

struct InMemoryLimiterOptions {
  /// States held at most: one for each identity and group of rules. When full, the one that was
  /// charged the longest ago is forgotten, but never one that still denies. If nearly all do, a
  /// client that is not among them is refused (Retry-After: 1), and a warning is logged once.
  /// A state that does not deny yet can be pushed out by that many other identities: choose more
  /// than an attacker can have in one interval.
  std::size_t max_entries = 1'000'000;
  SteadyClock clock = steady_now;
};

class InMemoryLimiter final : public BaseLimiter {
 public:
  /// Throws std::invalid_argument that names the option.
  explicit InMemoryLimiter(InMemoryLimiterOptions options = {});
  ~InMemoryLimiter() override;

  awaitable<Decision> decide(const Attempt& attempt) override;

  /// States held now, those included that no longer matter and are not dropped yet.
  [[nodiscard]] std::size_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace webtool::throttle
