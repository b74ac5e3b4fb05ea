// The port to a key-value store: four atomic operations for locks, sessions and other shared state.
// To write a cache, override them. It must pass the suite tests/contract/cache_contract.cpp.
//
// Keys and values are bytes. Views must live until the operation completes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <webtool/cache/lock.hpp>
#include <webtool/core/awaitable.hpp>
#include <webtool/core/clock.hpp>

namespace webtool::cache {

/// The condition and the lifetime of a write. At most one of `ex` and `exat`, and at most one of
/// `nx` and `if_equal`, may be given. `ex` must be positive.
struct SetOptions {
  /// Time to live from now. Without `ex` and `exat` the entry does not expire.
  std::optional<std::chrono::milliseconds> ex{};
  /// The wall-clock time at which the entry expires. A time in the past removes the entry.
  std::optional<Timestamp> exat{};
  /// Write only if the key does not exist.
  bool nx = false;
  /// Write only if the key exists and has exactly this value. This compare-and-set makes a
  /// read-modify-write safe even if a lock has expired.
  std::optional<std::string_view> if_equal{};

  /// Throws std::invalid_argument that names the invalid option. Every cache calls this first in
  /// `set`.
  void check() const;
};

class BaseCache {
 public:
  virtual ~BaseCache() = default;

  /// Writes `value`. Returns false if a condition (`nx`, `if_equal`) prevented the write. Throws
  /// StoreUnavailable.
  [[nodiscard]] virtual awaitable<bool> set(std::string_view key, std::string_view value,
                                            SetOptions options = {}) = 0;

  /// Returns the value, or nothing if the key does not exist or has expired. Throws
  /// StoreUnavailable.
  [[nodiscard]] virtual awaitable<std::optional<std::string>> get(std::string_view key) = 0;

  /// Removes the key; with `if_equal`, only if it has exactly that value. Returns true if the key
  /// was removed. A key that does not exist is not an error. (`delete` in Python.) Throws
  /// StoreUnavailable.
  [[nodiscard]] virtual awaitable<bool> erase(
      std::string_view key, std::optional<std::string_view> if_equal = std::nullopt) = 0;

  /// Closes connections and ends operations in progress. Later calls throw StoreUnavailable.
  [[nodiscard]] virtual awaitable<void> aclose() = 0;

  /// Returns the time that decides the expiry of entries, if the cache knows it without a request.
  /// Returns nothing by default. With it, sessions are dropped as soon as they have expired by that
  /// time. Without it, they are dropped with their entry.
  [[nodiscard]] virtual std::optional<Timestamp> now() const { return std::nullopt; }

  /// Returns a lock of that name in this store, not yet held. The cache must outlive the lock.
  [[nodiscard]] Lock lock(std::string_view key, LockOptions options = {}) {
    return Lock(*this, key, options);
  }
};

}  // namespace webtool::cache
