// The limiter that all processes share: one script for each decision, on keys of one cluster slot.
//
// The Redis server's clock is used. A denial is remembered in this process until it ends, so that a
// flood of denied requests does not reach the server.
#pragma once

#include <cstddef>
#include <memory>

#include <webtool/cache/redis_cache.hpp>
#include <webtool/core/clock.hpp>
#include <webtool/throttle/base_limiter.hpp>

namespace webtool::throttle {

struct RedisLimiterOptions {
  /// The maximum number of remembered denials. 0: every request asks the server.
  std::size_t remembered_denials = 65'536;
  /// The clock for the end of remembered denials.
  SteadyClock denial_clock = steady_now;
  /// The clock of decisions. Empty: the server's clock, the only clock that all processes share.
  Clock clock{};
};

class RedisLimiter final : public BaseLimiter {
 public:
  /// `cache` must outlive the limiter.
  explicit RedisLimiter(cache::RedisCache& cache, RedisLimiterOptions options = {});
  ~RedisLimiter() override;

  awaitable<Decision> decide(const Attempt& attempt) override;
  /// Returns true for a session in this limiter's own cache.
  [[nodiscard]] bool checks(const auth::SessionCheck& session) const noexcept override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace webtool::throttle
