// The limiter that all processes share: one script a decision, on keys of one cluster slot.
//
// Time is the Redis server's. A denied request stays in this process's memory until the time it
// could be allowed, so that a flood of them does not reach the server.
#pragma once

#include <cstddef>
#include <memory>

#include <webtool/cache/redis_cache.hpp>
#include <webtool/core/clock.hpp>
#include <webtool/throttle/base_limiter.hpp>

namespace webtool::throttle {

struct RedisLimiterOptions {
  /// Denials remembered at most; 0 asks the server about every request.
  std::size_t remembered_denials = 65'536;
  /// How long a remembered denial lasts.
  SteadyClock denial_clock = steady_now;
  /// The time of decisions. Empty: the server's own, which is the only one all processes share.
  Clock clock{};
};

class RedisLimiter final : public BaseLimiter {
 public:
  /// `cache` must outlive the limiter.
  explicit RedisLimiter(cache::RedisCache& cache, RedisLimiterOptions options = {});
  ~RedisLimiter() override;

  awaitable<Decision> decide(const Attempt& attempt) override;
  /// True for a session on this limiter's own cache.
  [[nodiscard]] bool checks(const auth::SessionCheck& session) const noexcept override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace webtool::throttle
