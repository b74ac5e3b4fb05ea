// A lock shared by everyone who uses the same cache.
//
// It is a lease: after `ttl` the store gives it to the next one, whatever its holder is doing. So
// it keeps the crowd apart, and a write that must not be lost or doubled also says `if_equal`.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <webtool/core/awaitable.hpp>

namespace webtool::cache {

class BaseCache;

struct LockOptions {
  /// How long the store keeps it for a holder that does not come back.
  std::chrono::milliseconds ttl{100};
  /// Wait for it; otherwise acquire() answers at once.
  bool blocking = true;
  /// How long to wait before giving up.
  std::chrono::milliseconds timeout{512};
};

class Lock {
 public:
  /// Use BaseCache::lock. Throws std::invalid_argument for a ttl that is not positive.
  Lock(BaseCache& cache, std::string_view key, LockOptions options);
  Lock(Lock&&) noexcept = default;
  Lock& operator=(Lock&&) noexcept = default;

  /// Takes the lock, waiting with jittered back-off. False where it is held by another and
  /// `blocking` is off or `timeout` has passed. Throws StoreUnavailable.
  [[nodiscard]] awaitable<bool> acquire();
  /// Gives it back. False where it was no longer this owner's; another's lock is never touched.
  /// Throws StoreUnavailable.
  awaitable<bool> release();
  /// Makes it last `ttl` from now. False where it was no longer this owner's.
  /// Throws StoreUnavailable.
  [[nodiscard]] awaitable<bool> extend(std::chrono::milliseconds ttl);

 private:
  BaseCache* cache_;
  std::string key_;
  std::string owner_;
  LockOptions options_;
};

}  // namespace webtool::cache
