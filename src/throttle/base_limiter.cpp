#include <webtool/throttle/base_limiter.hpp>

namespace webtool::throttle {

bool BaseLimiter::checks(const auth::SessionCheck&) const noexcept {
  return false;
}

Attempt attempt(const Policy& policy, Identity identity) {
  Attempt all;
  all.identity = identity;
  for (const auto& group : policy.groups()) all.counters.push_back({&group, {}});
  return all;
}

}  // namespace webtool::throttle
