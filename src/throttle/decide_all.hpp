// Decides one request for several identities: a user, the user's address, a key.
#pragma once

#include <boost/container/small_vector.hpp>

#include <webtool/throttle/base_limiter.hpp>

namespace webtool::throttle {

/// The attempts of one request, one for each identity. Only the first may have a session to check.
using Attempts = boost::container::small_vector<Attempt, 2>;

/// Decides all attempts and returns their outcomes in that order. A single attempt is one step of
/// the limiter. Of several attempts, none is charged before all allow, so that a denied request
/// costs nothing. The identities share no lock: of two concurrent requests, one may be denied after
/// another identity was charged for it. That error is at most one request, and never admits too
/// many.
[[nodiscard]] awaitable<Decision> decide_all(BaseLimiter& limiter, const Attempts& attempts);

}  // namespace webtool::throttle
