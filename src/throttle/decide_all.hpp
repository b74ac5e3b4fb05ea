// One request, decided for several identities: a user, the address it comes from, a key.
#pragma once

#include <boost/container/small_vector.hpp>

#include <webtool/throttle/base_limiter.hpp>

namespace webtool::throttle {

/// What one request is charged with: an attempt for each identity. A session to be checked is with
/// the first.
using Attempts = boost::container::small_vector<Attempt, 2>;

/// Decides all of them; the outcomes are those of all, in that order. One attempt is one step of
/// the limiter. Of several, all are asked before any is charged, so that a request which one
/// refuses costs nothing to the others. Identities have no common lock: where two requests come at
/// once, one may be refused after another identity was charged for it. That is strict by one
/// request, never generous.
[[nodiscard]] awaitable<Decision> decide_all(BaseLimiter& limiter, const Attempts& attempts);

}  // namespace webtool::throttle
