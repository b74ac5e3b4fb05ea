#include "throttle/window.hpp"

#include <algorithm>
#include <numeric>

namespace webtool::throttle {
namespace {

using std::chrono::microseconds;

constexpr std::uint32_t last_charge = 0;
constexpr std::uint32_t clock_offset = 1;

std::int64_t get(const Words& words, std::size_t at) {
  return at < words.size() ? words[at] : 0;
}

void put(Words& words, std::size_t at, std::int64_t value) {
  if (at >= words.size()) words.resize(at + 1);
  words[at] = value;
}

std::size_t slot(const Limit& limit, LimitPlace place, std::int64_t charged) {
  return place.ring + static_cast<std::size_t>(charged % limit.max_requests);
}

// Returns the first charge from `from` on that is still in the window. The steps double and then
// halve: fast if few charges have left the window, and logarithmic after a long pause.
std::int64_t first_in_window(const Limit& limit, LimitPlace place, const Words& words,
                             std::int64_t from, std::int64_t count, std::int64_t edge) {
  const auto has_left = [&](std::int64_t charged) {
    return get(words, slot(limit, place, charged)) <= edge;
  };
  if (from >= count || !has_left(from)) return from;
  std::int64_t gone = from;
  std::int64_t step = 1;
  while (gone + step < count && has_left(gone + step)) {
    gone += step;
    step *= 2;
  }
  std::int64_t there = std::min(gone + step, count);
  while (there - gone > 1) {
    const auto middle = std::midpoint(gone, there);
    (has_left(middle) ? gone : there) = middle;
  }
  return there;
}

Outcome evaluate_sliding(const Limit& limit, LimitPlace place, const Words& words,
                         std::int64_t time, std::int64_t cost) {
  const auto count = get(words, place.head);
  const auto first = first_in_window(limit, place, words, get(words, place.head + 1), count,
                                     time - limit.interval);
  const auto leaves = [&](std::int64_t charged) {
    return microseconds(get(words, slot(limit, place, charged)) + limit.interval - time);
  };
  const auto used = count - first;
  const auto left = limit.max_requests - used;
  Outcome outcome;
  outcome.allowed = cost <= left;
  outcome.remaining = static_cast<std::uint32_t>(left);
  if (used > 0) outcome.reset = leaves(first);
  if (!outcome.allowed)
    outcome.retry_after =
        cost > limit.max_requests ? Outcome::never : leaves(first + cost - left - 1);
  return outcome;
}

// Returns the microseconds that one request takes from a bucket. Rounded up, so that the error
// admits too few requests, not too many.
std::int64_t per_request(const Limit& limit) {
  return (limit.interval + limit.max_requests - 1) / limit.max_requests;
}

Outcome evaluate_gcra(const Limit& limit, LimitPlace place, const Words& words, std::int64_t time,
                      std::int64_t cost) {
  const auto unit = per_request(limit);
  const auto capacity = unit * limit.max_requests;
  const auto debt = std::max<std::int64_t>(0, get(words, place.head) - time);
  const auto left = (capacity - debt) / unit;
  Outcome outcome;
  outcome.allowed = cost <= left;
  outcome.remaining = static_cast<std::uint32_t>(left);
  if (debt > 0) outcome.reset = microseconds(debt - (capacity - (left + 1) * unit));
  if (!outcome.allowed)
    outcome.retry_after =
        cost > limit.max_requests ? Outcome::never : microseconds(debt + cost * unit - capacity);
  return outcome;
}

std::int64_t count_in_window(const Limit& limit, LimitPlace place, const Words& words,
                             std::int64_t time) {
  return time < get(words, place.head) + limit.interval ? get(words, place.head + 1) : 0;
}

Outcome evaluate_fixed(const Limit& limit, LimitPlace place, const Words& words, std::int64_t time,
                       std::int64_t cost) {
  const auto count = count_in_window(limit, place, words, time);
  const auto left = limit.max_requests - count;
  const microseconds rest_of_window(get(words, place.head) + limit.interval - time);
  Outcome outcome;
  outcome.allowed = cost <= left;
  outcome.remaining = static_cast<std::uint32_t>(left);
  if (count > 0) outcome.reset = rest_of_window;
  if (!outcome.allowed)
    outcome.retry_after = cost > limit.max_requests ? Outcome::never : rest_of_window;
  return outcome;
}

}  // namespace

std::int64_t advance(Words& words, std::int64_t now) {
  const auto last = get(words, last_charge);
  const auto time = now + get(words, clock_offset);
  if (time >= last) return time;
  put(words, clock_offset, last - now);
  return last;
}

Outcome evaluate(const Limit& limit, LimitPlace place, const Words& words, std::int64_t time,
                 std::uint64_t cost) {
  const auto asked = static_cast<std::int64_t>(cost);
  Outcome outcome;
  switch (limit.algorithm) {
    case Algorithm::sliding_window:
      outcome = evaluate_sliding(limit, place, words, time, asked);
      break;
    case Algorithm::gcra:
      outcome = evaluate_gcra(limit, place, words, time, asked);
      break;
    case Algorithm::fixed_window:
      outcome = evaluate_fixed(limit, place, words, time, asked);
      break;
  }
  outcome.limit = &limit;
  return outcome;
}

void charge(const Limit& limit, LimitPlace place, Words& words, std::int64_t time,
            std::uint64_t cost, Outcome& outcome) {
  put(words, last_charge, time);
  const auto units = static_cast<std::int64_t>(cost);
  const std::int64_t used = limit.max_requests - outcome.remaining;
  outcome.remaining -= static_cast<std::uint32_t>(cost);
  if (outcome.reset.count() == 0)
    outcome.reset =
        microseconds(limit.algorithm == Algorithm::gcra ? per_request(limit) : limit.interval);
  switch (limit.algorithm) {
    case Algorithm::sliding_window: {
      const auto count = get(words, place.head);
      for (std::int64_t i = 0; i < units; ++i) put(words, slot(limit, place, count + i), time);
      put(words, place.head, count + units);
      put(words, place.head + 1, count - used);
      break;
    }
    case Algorithm::gcra:
      put(words, place.head, std::max(time, get(words, place.head)) + units * per_request(limit));
      break;
    case Algorithm::fixed_window: {
      const auto count = count_in_window(limit, place, words, time);
      if (count == 0) put(words, place.head, time);
      put(words, place.head + 1, count + units);
      break;
    }
  }
}

std::int64_t time_until_idle(const Limit& limit, LimitPlace place, const Words& words,
                             std::int64_t time) {
  std::int64_t end = 0;
  switch (limit.algorithm) {
    case Algorithm::sliding_window: {
      const auto count = get(words, place.head);
      if (count > 0) end = get(words, slot(limit, place, count - 1)) + limit.interval;
      break;
    }
    case Algorithm::gcra:
      end = get(words, place.head);
      break;
    case Algorithm::fixed_window:
      if (get(words, place.head + 1) > 0) end = get(words, place.head) + limit.interval;
      break;
  }
  return std::max<std::int64_t>(0, end - time);
}

}  // namespace webtool::throttle
