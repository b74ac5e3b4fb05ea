// A lock for all processes that use the same cache.
//
// The lock is a lease: after `ttl` another owner may get it, even if the first one is still
// working. So it reduces contention only. A write that must not be lost or repeated also needs
// `if_equal`.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <webtool/core/awaitable.hpp>

namespace webtool::cache {

class BaseCache;

struct LockOptions {
  /// The time after which the store frees the lock if its owner does not release it.
  std::chrono::milliseconds ttl{100};
  /// Wait for the lock. Otherwise acquire() returns immediately.
  bool blocking = true;
  /// The maximum time to wait.
  std::chrono::milliseconds timeout{512};
};

class Lock {
 public:
  /// Use BaseCache::lock. Throws std::invalid_argument for a ttl that is not positive.
  Lock(BaseCache& cache, std::string_view key, LockOptions options);
  Lock(Lock&&) noexcept = default;
  Lock& operator=(Lock&&) noexcept = default;

  /// Takes the lock. Waits with jittered back-off. Returns false if another owner holds it and
  /// `blocking` is off or `timeout` has passed. Throws StoreUnavailable.
  [[nodiscard]] awaitable<bool> acquire();
  /// Releases the lock. Returns false if this owner no longer held it. Never releases the lock of
  /// another owner. Throws StoreUnavailable.
  awaitable<bool> release();
  /// Sets the remaining time of the lock to `ttl`. Returns false if this owner no longer held it.
  /// Throws StoreUnavailable.
  [[nodiscard]] awaitable<bool> extend(std::chrono::milliseconds ttl);

 private:
  BaseCache* cache_;
  std::string key_;
  std::string owner_;
  LockOptions options_;
};

}  // namespace webtool::cache
