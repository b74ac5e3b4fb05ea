// A limiter that remembers the denials of another limiter. A denial stays valid until it ends,
// because time can only free room. So the other limiter would give the same answer.
#pragma once

#include <cstddef>

#include <webtool/core/clock.hpp>
#include <webtool/throttle/base_limiter.hpp>

#include "throttle/denials.hpp"

namespace webtool::throttle {

class RememberingLimiter final : public BaseLimiter {
 public:
  /// `limiter` must outlive this object. Remembers at most `size` denials.
  RememberingLimiter(BaseLimiter& limiter, std::size_t size, SteadyClock clock)
      : limiter_(limiter), denials_(size), clock_(std::move(clock)) {}

  awaitable<Decision> decide(const Attempt& attempt) override;
  [[nodiscard]] bool checks(const auth::SessionCheck& session) const noexcept override {
    return limiter_.checks(session);
  }

 private:
  [[nodiscard]] std::optional<Decision> recall(const Attempt& attempt) const;
  void remember(const Attempt& attempt, const Decision& decision);

  BaseLimiter& limiter_;
  Denials denials_;
  const SteadyClock clock_;
};

}  // namespace webtool::throttle
