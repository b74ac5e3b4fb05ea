#include "throttle/counters.hpp"

#include <algorithm>

namespace webtool::throttle {
namespace {

constexpr std::size_t swept_per_charge = 2;
// Bounds the cost of a new client if the table is full of counters that deny.
constexpr std::size_t max_looked_at = 256;

}  // namespace

void Counters::touch(Place place) {
  auto& order = table_.get<1>();
  const auto in_order = table_.project<1>(place);
  if (hand_ == in_order) ++hand_;
  order.relocate(order.end(), in_order);
}

std::size_t Counters::sweep(std::int64_t now) {
  auto& order = table_.get<1>();
  std::size_t dropped = 0;
  for (std::size_t i = 0; i < swept_per_charge && !order.empty(); ++i) {
    if (hand_ == order.end()) hand_ = order.begin();
    if (hand_->expires <= now) {
      hand_ = order.erase(hand_);
      ++dropped;
    } else {
      ++hand_;
    }
  }
  return dropped;
}

bool Counters::drop_one(std::int64_t now, std::span<const Place> needed) {
  auto& order = table_.get<1>();
  for (auto left = std::min(max_looked_at, table_.size()); left > 0; --left) {
    const auto oldest = order.begin();
    const auto place = table_.project<0>(oldest);
    if (oldest->denies_until > now ||
        std::find(needed.begin(), needed.end(), place) != needed.end()) {
      touch(place);  // so that the next search begins with others
      continue;
    }
    if (hand_ == oldest) ++hand_;
    order.erase(oldest);
    return true;
  }
  return false;
}

}  // namespace webtool::throttle
