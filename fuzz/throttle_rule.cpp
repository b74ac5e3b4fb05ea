// Any rules: refused by name or made into a policy whose parts do not meet. Then any walk of its
// limits: never more than a rule admits, and whoever comes back when told is admitted, not sooner.
#include <cstdlib>
#include <cstring>
#include <set>
#include <stdexcept>
#include <string>

#include <webtool/throttle/policy.hpp>

#include "throttle/window.hpp"

namespace {

using namespace webtool::throttle;

void require(bool holds) {
  if (!holds) std::abort();
}

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  [[nodiscard]] bool empty() const { return size_ == 0; }
  template <class Number>
  Number number() {
    Number number{};
    const auto taken = std::min(size_, sizeof number);
    if (taken > 0) std::memcpy(&number, data_, taken);
    skip(taken);
    return number;
  }
  std::string text() {
    const auto length = std::min<std::size_t>(number<std::uint8_t>(), size_);
    std::string text(reinterpret_cast<const char*>(data_), length);
    skip(length);
    return text;
  }

 private:
  void skip(std::size_t count) {
    data_ += count;
    size_ -= count;
  }
  const std::uint8_t* data_;
  std::size_t size_;
};

LimitRule read_rule(Bytes& bytes) {
  LimitRule rule;
  const auto kind = bytes.number<std::uint8_t>();
  rule.algorithm = static_cast<Algorithm>(kind % 4);
  rule.shadow = (kind & 4) != 0;
  // Mostly small numbers, or nothing would ever be used up.
  const bool large = (kind & 8) != 0;
  rule.max_requests = large ? bytes.number<std::uint32_t>() : bytes.number<std::uint8_t>();
  rule.interval = std::chrono::microseconds(large ? bytes.number<std::int64_t>()
                                                  : 1'000 + bytes.number<std::uint16_t>());
  rule.cost = large ? bytes.number<std::uint32_t>() : 1 + kind / 128;
  if ((kind & 16) != 0) rule.throttle_key = bytes.text();
  if ((kind & 32) != 0) {
    rule.method.push_back(bytes.text());
    rule.scopes.push_back(bytes.text());
  }
  if ((kind & 64) != 0) rule.name = bytes.text();
  return rule;
}

void check(const Group& group) {
  require(group.id.size() == 16);
  const auto& layout = *group.layout;
  require(layout.packed.size() == 8 + 64 * group.limits.size());
  require(layout.places.size() == group.limits.size());
  std::set<std::uint32_t> heads;
  for (std::size_t i = 0; i < group.limits.size(); ++i) {
    const auto& limit = group.limits[i];
    const auto place = layout.places[i];
    require(limit.max_requests > 0 && limit.interval > 0 && limit.cost > 0);
    require(place.head >= 2 && place.head < 2 + 2 * group.limits.size());
    require(heads.insert(place.head).second);
    if (limit.algorithm == Algorithm::sliding_window)
      require(place.ring >= 2 + 2 * group.limits.size() &&
              place.ring + limit.max_requests <= layout.words);
  }
}

struct Charge {
  std::int64_t time;
  std::uint64_t units;
};

// What was admitted in the `span` before the last charge, that included.
std::uint64_t admitted(const std::vector<Charge>& charges, std::int64_t span) {
  std::uint64_t sum = 0;
  for (const auto& charge : charges)
    if (charge.time > charges.back().time - span) sum += charge.units;
  return sum;
}

void check_admitted(const Limit& limit, const std::vector<Charge>& charges) {
  const std::uint64_t most = limit.max_requests;
  switch (limit.algorithm) {
    case Algorithm::sliding_window:
      return require(admitted(charges, limit.interval) <= most);
    case Algorithm::gcra:
      for (const auto& first : charges) {
        const auto span = charges.back().time - first.time;
        // Some more, since doubles are not exact.
        const auto refilled = static_cast<double>(span) * static_cast<double>(most) /
                                  static_cast<double>(limit.interval) +
                              1e-6;
        require(static_cast<double>(admitted(charges, span + 1)) <=
                static_cast<double>(most) + refilled);
      }
      return;
    case Algorithm::fixed_window:
      return require(admitted(charges, limit.interval) <= 2 * most);
  }
}

void walk(const Limit& limit, LimitPlace place, Bytes bytes) {
  Words words;
  std::vector<Charge> charges;
  std::int64_t now = 1'800'000'000'000'000;
  for (int step = 0; step < 200 && !bytes.empty(); ++step) {
    now += bytes.number<std::int16_t>();
    const std::uint64_t cost = 1 + bytes.number<std::uint8_t>() % 8;
    const auto time = advance(words, now);
    require(charges.empty() || time >= charges.back().time);
    auto outcome = evaluate(limit, place, words, time, cost);
    require(outcome.remaining <= limit.max_requests);
    require(outcome.allowed == (cost <= outcome.remaining));
    if (outcome.allowed) {
      charge(limit, place, words, time, cost, outcome);
      charges.push_back({time, cost});
      check_admitted(limit, charges);
    } else if (outcome.retry_after == Outcome::never) {
      require(cost > limit.max_requests);
    } else {
      const auto retry = outcome.retry_after.count();
      require(retry > 0);
      require(evaluate(limit, place, words, time + retry, cost).allowed);
      require(!evaluate(limit, place, words, time + retry - 1, cost).allowed);
    }
    const auto at_rest =
        evaluate(limit, place, words, time + time_until_idle(limit, place, words, time), 1);
    require(at_rest.remaining == limit.max_requests);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  std::vector<LimitRule> rules;
  for (auto count = bytes.number<std::uint8_t>() % 5; count > 0; --count)
    rules.push_back(read_rule(bytes));
  const auto factor = bytes.number<std::uint8_t>();
  try {
    const Policy policy("GET /", std::move(rules), factor);
    for (const auto* groups : {&policy.groups(), &policy.address_groups()})
      for (const auto& group : *groups) {
        check(group);
        for (std::size_t i = 0; i < group.limits.size(); ++i)
          walk(group.limits[i], group.layout->places[i], bytes);
      }
  } catch (const std::invalid_argument& refusal) {
    const std::string_view what = refusal.what();
    require(what.starts_with("LimitRule::") || what.starts_with("Policy: ") ||
            what.starts_with("two rules of "));
  }
  return 0;
}
