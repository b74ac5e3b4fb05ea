// What a route's author writes: at most so many requests in so much time, and for whom.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <webtool/auth/claims.hpp>

namespace webtool::throttle {

/// How requests are counted.
enum class Algorithm {
  /// At most `max_requests` in *any* window of `interval`: exact. Keeps 8 bytes for each request of
  /// the window, so `max_requests` is at most 100,000.
  sliding_window,
  /// A bucket of `max_requests` that refills steadily (the generic cell rate algorithm): 16 bytes,
  /// but up to twice `max_requests` in one `interval`, when a full bucket is spent and refills.
  gcra,
  /// A count that starts anew `interval` after its first request. Up to twice `max_requests` can
  /// come in one `interval`, at the turn of two windows.
  fixed_window,
};

/// What becomes of requests while the store cannot be asked.
enum class OnStoreFailure {
  allow,  ///< they pass
  deny,   ///< they are answered 503 with Retry-After
  local,  ///< this process counts for itself, by the same rule
};

/// Whose requests are counted together.
enum class Per {
  /// A user's by subject, wherever they come from. An anonymous client's by its signed cookie, with
  /// all of one address held to `ip_factor` times the rule; without such a cookie by address.
  client,
  /// All of one address (an IPv6 /64), whoever makes them and whatever cookies or tokens they
  /// bring.
  /// For what an attacker repeats: log in, register, reset a password.
  address,
};

struct LimitRule {
  /// From 1 to 1,000,000,000 (sliding_window: 100,000).
  std::uint32_t max_requests = 10;
  /// From 1 ms to 10 years.
  std::chrono::microseconds interval = std::chrono::hours(1);
  /// Rules of the same key, algorithm, max_requests and interval share one counter, on whatever
  /// routes they are. Empty: the rule counts for its route alone.
  std::string throttle_key{};
  /// The methods it counts, in capitals; GET stands for HEAD too. Empty: all.
  std::vector<std::string> method{};
  /// Whom it counts. `user` and `anno` say who: those with a good token, those without. All other
  /// names say which users: those whose token has every one of them. Empty: everyone.
  auth::Scope scopes{};
  Per per = Per::client;
  Algorithm algorithm = Algorithm::sliding_window;
  OnStoreFailure on_store_failure = OnStoreFailure::local;
  /// How many requests one request counts for: from 1 to max_requests.
  std::uint32_t cost = 1;
  /// Decide and report, but let everything pass: for trying a rule out.
  bool shadow = false;
  /// How headers and metrics call it: up to 64 visible ASCII characters but `"` and `\`. Empty: by
  /// its numbers, as in `10-per-10s`.
  std::string name{};

  bool operator==(const LimitRule&) const = default;
};

/// `rule` itself, once it is found possible. Throws std::invalid_argument that names the field.
[[nodiscard]] LimitRule limiter(LimitRule rule);

}  // namespace webtool::throttle
