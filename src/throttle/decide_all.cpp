#include "throttle/decide_all.hpp"

#include <utility>

namespace webtool::throttle {
namespace {

// Adds the decision of one attempt. Returns false if the request is denied; `whole` is then that
// decision alone.
bool add(Decision& whole, Decision part) {
  if (!part.allowed) {
    whole = std::move(part);
    return false;
  }
  for (auto& outcome : part.outcomes) whole.outcomes.push_back(outcome);
  whole.granted = part.granted;
  return true;
}

}  // namespace

awaitable<Decision> decide_all(BaseLimiter& limiter, const Attempts& attempts) {
  Decision whole;
  if (attempts.empty()) co_return whole;
  if (attempts.size() == 1) {
    whole = co_await limiter.decide(attempts.front());
    co_return whole;
  }
  // The first attempt with rules needs no peek, because it is decided before any charge. An attempt
  // before it without rules only checks a session.
  const std::size_t asked_first = attempts.front().rules != 0 ? 1 : 2;
  for (std::size_t i = asked_first; i < attempts.size(); ++i) {
    Attempt asking = attempts[i];
    asking.peek = true;
    auto answer = co_await limiter.decide(asking);
    if (!answer.allowed) co_return answer;
  }
  for (const auto& attempt : attempts) {
    auto answer = co_await limiter.decide(attempt);
    if (!add(whole, std::move(answer))) break;
  }
  co_return whole;
}

}  // namespace webtool::throttle
