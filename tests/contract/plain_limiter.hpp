// The simplest limiter that is correct. It stores every charge. Each algorithm has one function:
// how many requests are left at a time. Everything else is found by calling it for other times.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <webtool/throttle/base_limiter.hpp>

namespace webtool::throttle {

/// One limit of one identity.
class PlainCounter {
 public:
  explicit PlainCounter(const Limit& limit)
      : algorithm_(limit.algorithm), most_(limit.max_requests), interval_(limit.interval) {}

  /// Returns how many requests would pass at `time` without others in between.
  [[nodiscard]] std::int64_t left(std::int64_t time) const {
    if (charges_.empty()) return most_;
    switch (algorithm_) {
      case Algorithm::sliding_window: {
        const auto in_window =
            charges_.end() - std::upper_bound(charges_.begin(), charges_.end(), time - interval_);
        return most_ - in_window;
      }
      case Algorithm::gcra:
        return (most_ * drop() - level(time)) / drop();
      case Algorithm::fixed_window: {
        const bool over = time >= charges_.front() + interval_;
        return over ? most_ : most_ - static_cast<std::int64_t>(charges_.size());
      }
    }
    return 0;
  }

  void charge(std::int64_t time, std::int64_t units) {
    if (algorithm_ == Algorithm::gcra) {
      const auto before = charges_.empty() ? 0 : level(time);
      charges_.assign(1, time);
      level_ = before + units * drop();
      return;
    }
    // Drops charges that no longer matter: no caller asks about a time before the last charge.
    if (algorithm_ == Algorithm::sliding_window)
      charges_.erase(charges_.begin(),
                     std::upper_bound(charges_.begin(), charges_.end(), time - interval_));
    else if (left(time) == most_)
      charges_.clear();
    charges_.insert(charges_.end(), static_cast<std::size_t>(units), time);
  }

  [[nodiscard]] std::int64_t most() const { return most_; }

  /// Returns the shortest time after `time` until at least `wanted` are left.
  [[nodiscard]] std::int64_t until(std::int64_t time, std::int64_t wanted) const {
    std::int64_t too_early = -1;
    std::int64_t enough = 2 * interval_ + most_;  // drops are rounded up
    while (enough - too_early > 1) {
      const auto middle = (enough + too_early) / 2;
      (left(time + middle) >= wanted ? enough : too_early) = middle;
    }
    return enough;
  }

 private:
  // A leaking bucket. A request is a drop, which takes this many microseconds to leak.
  [[nodiscard]] std::int64_t drop() const {
    return interval_ % most_ == 0 ? interval_ / most_ : interval_ / most_ + 1;
  }
  [[nodiscard]] std::int64_t level(std::int64_t time) const {
    return std::max<std::int64_t>(0, level_ - (time - charges_.back()));
  }

  Algorithm algorithm_;
  std::int64_t most_;
  std::int64_t interval_;
  std::vector<std::int64_t> charges_{};
  std::int64_t level_ = 0;
};

class PlainLimiter {
 public:
  Decision decide(const Attempt& attempt, std::int64_t now) {
    auto times = attempt.times;
    if (attempt.partial) {
      // The maximum that passes, found by trying.
      while (times > 1 && !evaluate(attempt, now, times).decision.allowed) --times;
    }
    auto [decision, places] = evaluate(attempt, now, times);
    decision.granted = decision.allowed ? times : 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      auto& [used, place] = places[i];
      auto& outcome = decision.outcomes[i];
      if (decision.allowed && !attempt.peek && outcome.allowed) {
        place->charge(used->time, std::int64_t{outcome.limit->cost} * times);
        if (times > 0) used->charged = used->time;
      }
      const auto left = place->left(used->time);
      outcome.remaining = static_cast<std::uint32_t>(left);
      if (left < place->most())
        outcome.reset = std::chrono::microseconds(place->until(used->time, left + 1));
    }
    return decision;
  }

  /// Returns whether a group that `subject` has charged is as if never charged.
  [[nodiscard]] bool at_rest(std::string_view subject, std::int64_t now) const {
    return std::any_of(all_.begin(), all_.end(), [&](const auto& one) {
      auto used = one.second;
      used.turn_to(now);
      return std::get<1>(one.first) == subject && used.charged != 0 &&
             std::all_of(used.counters.begin(), used.counters.end(),
                         [&](const auto& place) { return place.left(used.time) == place.most(); });
    });
  }

 private:
  // The charges of one identity to one group. Its time follows the clock. If the clock was set back
  // behind a charge, the time continues from that charge.
  struct Used {
    std::vector<PlainCounter> counters{};
    std::int64_t charged = 0;
    std::int64_t ahead = 0;
    std::int64_t time = 0;
    void turn_to(std::int64_t now) {
      ahead = std::max(ahead, charged - now);
      time = now + ahead;
    }
  };

  using Places = std::vector<std::pair<Used*, PlainCounter*>>;
  struct Evaluated {
    Decision decision{};
    Places places{};
  };

  Evaluated evaluate(const Attempt& attempt, std::int64_t now, std::uint32_t times) {
    Evaluated evaluated;
    auto& decision = evaluated.decision;
    for (const auto& counter : attempt.counters) {
      const auto& limits = counter.group->limits;
      for (std::size_t i = 0; i < limits.size(); ++i) {
        if (!(attempt.rules >> limits[i].rule & 1)) continue;
        auto& used = find(attempt, counter);
        used.turn_to(now);
        auto& place = used.counters[i];
        const auto cost = std::int64_t{limits[i].cost} * times;
        Outcome outcome;
        outcome.limit = &limits[i];
        outcome.allowed = cost <= place.left(used.time);
        if (!outcome.allowed)
          outcome.retry_after = cost > place.most()
                                    ? Outcome::never
                                    : std::chrono::microseconds(place.until(used.time, cost));
        if (!outcome.allowed && !limits[i].shadow) decision.allowed = false;
        decision.outcomes.push_back(outcome);
        evaluated.places.emplace_back(&used, &place);
      }
    }
    return evaluated;
  }

  Used& find(const Attempt& attempt, const Counter& counter) {
    auto& used = all_[{std::string(attempt.identity.kind), std::string(attempt.identity.subject),
                       std::string(counter.session), counter.group->id}];
    if (used.counters.empty())
      for (const auto& limit : counter.group->limits) used.counters.emplace_back(limit);
    return used;
  }

  std::map<std::tuple<std::string, std::string, std::string, std::string>, Used> all_{};
};

}  // namespace webtool::throttle
