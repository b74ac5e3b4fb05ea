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

std::size_t slot(const Limit& limit, std::int64_t charged) {
  return limit.ring + static_cast<std::size_t>(charged % limit.max_requests);
}

// The first of the charges from `from` on that is still in the window, by steps that double and
// then halve: the usual case, that few have left, is quick, and a long pause costs the logarithm.
std::int64_t first_in_window(const Limit& limit, const Words& words, std::int64_t from,
                             std::int64_t count, std::int64_t edge) {
  const auto has_left = [&](std::int64_t charged) {
    return get(words, slot(limit, charged)) <= edge;
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

Outcome look_sliding(const Limit& limit, const Words& words, std::int64_t time, std::int64_t cost) {
  const auto count = get(words, limit.head);
  const auto first =
      first_in_window(limit, words, get(words, limit.head + 1), count, time - limit.interval);
  const auto leaves = [&](std::int64_t charged) {
    return microseconds(get(words, slot(limit, charged)) + limit.interval - time);
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

// What one request takes out of a bucket, in microseconds: rounded up, to admit too few rather than
// too many.
std::int64_t per_request(const Limit& limit) {
  return (limit.interval + limit.max_requests - 1) / limit.max_requests;
}

Outcome look_gcra(const Limit& limit, const Words& words, std::int64_t time, std::int64_t cost) {
  const auto unit = per_request(limit);
  const auto capacity = unit * limit.max_requests;
  const auto debt = std::max<std::int64_t>(0, get(words, limit.head) - time);
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

std::int64_t count_in_window(const Limit& limit, const Words& words, std::int64_t time) {
  return time < get(words, limit.head) + limit.interval ? get(words, limit.head + 1) : 0;
}

Outcome look_fixed(const Limit& limit, const Words& words, std::int64_t time, std::int64_t cost) {
  const auto count = count_in_window(limit, words, time);
  const auto left = limit.max_requests - count;
  const microseconds rest_of_window(get(words, limit.head) + limit.interval - time);
  Outcome outcome;
  outcome.allowed = cost <= left;
  outcome.remaining = static_cast<std::uint32_t>(left);
  if (count > 0) outcome.reset = rest_of_window;
  if (!outcome.allowed)
    outcome.retry_after = cost > limit.max_requests ? Outcome::never : rest_of_window;
  return outcome;
}

}  // namespace

std::uint32_t lay_out(std::vector<Limit>& limits) {
  std::uint32_t next = 2;
  for (auto& limit : limits) {
    limit.head = next;
    next += 2;
  }
  std::vector<Limit*> rings;
  for (auto& limit : limits)
    if (limit.algorithm == Algorithm::sliding_window) rings.push_back(&limit);
  std::stable_sort(rings.begin(), rings.end(), [](const Limit* left, const Limit* right) {
    return left->max_requests < right->max_requests;
  });
  for (auto* limit : rings) {
    limit->ring = next;
    next += limit->max_requests;
  }
  return next;
}

std::int64_t advance(Words& words, std::int64_t now) {
  const auto last = get(words, last_charge);
  const auto time = now + get(words, clock_offset);
  if (time >= last) return time;
  put(words, clock_offset, last - now);
  return last;
}

Outcome look(const Limit& limit, const Words& words, std::int64_t time, std::uint64_t cost) {
  const auto asked = static_cast<std::int64_t>(cost);
  Outcome outcome;
  switch (limit.algorithm) {
    case Algorithm::sliding_window:
      outcome = look_sliding(limit, words, time, asked);
      break;
    case Algorithm::gcra:
      outcome = look_gcra(limit, words, time, asked);
      break;
    case Algorithm::fixed_window:
      outcome = look_fixed(limit, words, time, asked);
      break;
  }
  outcome.limit = &limit;
  return outcome;
}

void charge(const Limit& limit, Words& words, std::int64_t time, std::uint64_t cost,
            Outcome& outcome) {
  put(words, last_charge, time);
  const auto units = static_cast<std::int64_t>(cost);
  const std::int64_t used = limit.max_requests - outcome.remaining;
  outcome.remaining -= static_cast<std::uint32_t>(cost);
  if (outcome.reset.count() == 0)
    outcome.reset =
        microseconds(limit.algorithm == Algorithm::gcra ? per_request(limit) : limit.interval);
  switch (limit.algorithm) {
    case Algorithm::sliding_window: {
      const auto count = get(words, limit.head);
      for (std::int64_t i = 0; i < units; ++i) put(words, slot(limit, count + i), time);
      put(words, limit.head, count + units);
      put(words, limit.head + 1, count - used);
      break;
    }
    case Algorithm::gcra:
      put(words, limit.head, std::max(time, get(words, limit.head)) + units * per_request(limit));
      break;
    case Algorithm::fixed_window: {
      const auto count = count_in_window(limit, words, time);
      if (count == 0) put(words, limit.head, time);
      put(words, limit.head + 1, count + units);
      break;
    }
  }
}

std::int64_t rest(const Limit& limit, const Words& words, std::int64_t time) {
  switch (limit.algorithm) {
    case Algorithm::sliding_window: {
      const auto count = get(words, limit.head);
      if (count == 0) return 0;
      return get(words, slot(limit, count - 1)) + limit.interval - time;
    }
    case Algorithm::gcra:
      return get(words, limit.head) - time;
    case Algorithm::fixed_window:
      if (get(words, limit.head + 1) == 0) return 0;
      return get(words, limit.head) + limit.interval - time;
  }
  return 0;
}

}  // namespace webtool::throttle
