// A rule that the author of a route writes: at most so many requests in so much time, and for whom.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <webtool/auth/claims.hpp>

namespace webtool::throttle {

/// How requests are counted.
enum class Algorithm {
  /// At most `max_requests` in *any* window of `interval`: exact. Stores 8 bytes for each request
  /// of the window, so `max_requests` is at most 100,000.
  sliding_window,
  /// A bucket of `max_requests` that refills steadily (the generic cell rate algorithm). Stores 16
  /// bytes. One `interval` may have up to twice `max_requests`, if a full bucket is spent and
  /// refills.
  gcra,
  /// A count that starts again `interval` after its first request. One `interval` may have up to
  /// twice `max_requests`, at the change between two windows.
  fixed_window,
};

/// What happens to requests while the store is unavailable.
enum class OnStoreFailure {
  allow,  ///< they pass
  deny,   ///< they are answered 503 with Retry-After
  local,  ///< this process alone counts them, by the same rule
};

/// Whose requests are counted together.
enum class Per {
  /// A user is counted by subject, at any address. An anonymous client is counted by its signed
  /// cookie, and all anonymous clients of one address together may do `ip_factor` times the rule.
  /// Without a cookie the address is counted.
  client,
  /// All requests of one address (an IPv6 /64) together, with any cookie or token. For actions that
  /// attackers repeat: log in, register, reset a password.
  address,
};

struct LimitRule {
  /// From 1 to 1,000,000,000 (sliding_window: 100,000).
  std::uint32_t max_requests = 10;
  /// From 1 ms to 10 years.
  std::chrono::microseconds interval = std::chrono::hours(1);
  /// Rules with the same key, algorithm, max_requests and interval share one counter, also on
  /// different routes. At most 255 bytes. Empty: the rule counts only for its route.
  std::string throttle_key{};
  /// The methods that the rule counts, in capitals. GET includes HEAD. Empty: all methods.
  std::vector<std::string> method{};
  /// The clients that the rule counts. `user` stands for clients with a good token, `anno` for all
  /// others. Any other name is a scope: among users, the rule then counts only those whose token
  /// has every named scope. Empty: all clients.
  auth::Scope scopes{};
  Per per = Per::client;
  Algorithm algorithm = Algorithm::sliding_window;
  OnStoreFailure on_store_failure = OnStoreFailure::local;
  /// How many requests one request counts as: from 1 to max_requests.
  std::uint32_t cost = 1;
  /// Decide and report, but let every request pass: to try a rule out.
  bool shadow = false;
  /// The name in headers and metrics: up to 64 visible ASCII characters except `"` and `\`. Empty:
  /// made from the numbers, as in `10-per-10s`.
  std::string name{};

  bool operator==(const LimitRule&) const = default;
};

/// Returns `rule` after checking it. Throws std::invalid_argument that names the invalid field.
[[nodiscard]] LimitRule limiter(LimitRule rule);

}  // namespace webtool::throttle
