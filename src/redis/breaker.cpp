#include "redis/breaker.hpp"

namespace webtool::redis {

bool Breaker::allow(Time now) noexcept {
  if (!open()) return true;
  if (now < next_probe_) return false;
  next_probe_ = now + delay_;
  return true;
}

bool Breaker::failed(Time now) noexcept {
  if (open()) return false;
  ++failures_;
  if (!open()) return false;
  next_probe_ = now + delay_;
  return true;
}

bool Breaker::succeeded() noexcept {
  const bool was_open = open();
  failures_ = 0;
  return was_open;
}

}  // namespace webtool::redis
