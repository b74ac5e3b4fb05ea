// The port to a key-value store: four atomic operations, on which locks, sessions and whatever else
// needs shared state are built. Bring your own store by overriding them;
// tests/contract/cache_contract.cpp is the suite it must pass.
//
// Keys and values are bytes. The views given must live until the operation completes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <webtool/cache/lock.hpp>
#include <webtool/core/awaitable.hpp>
#include <webtool/core/clock.hpp>

namespace webtool::cache {

/// When to write, and for how long. At most one of `ex`, `exat` and at most one of `nx`, `if_equal`
/// may be given, and `ex` must be positive.
struct SetOptions {
  /// Time to live from now. Without `ex` and `exat` the entry does not expire.
  std::optional<std::chrono::milliseconds> ex{};
  /// The wall-clock time it expires at. One in the past removes the entry.
  std::optional<Timestamp> exat{};
  /// Write only if the key does not exist.
  bool nx = false;
  /// Write only if the key exists and holds exactly this: the compare-and-set that makes
  /// read-modify-write safe even when a lock ran out.
  std::optional<std::string_view> if_equal{};

  /// Throws std::invalid_argument that names the option. Every cache calls this first in `set`.
  void check() const;
};

class BaseCache {
 public:
  virtual ~BaseCache() = default;

  /// Writes `value`. False where a condition (`nx`, `if_equal`) kept it from being written.
  /// Throws StoreUnavailable.
  [[nodiscard]] virtual awaitable<bool> set(std::string_view key, std::string_view value,
                                            SetOptions options = {}) = 0;

  /// The value, or nothing where the key does not exist or has expired. Throws StoreUnavailable.
  [[nodiscard]] virtual awaitable<std::optional<std::string>> get(std::string_view key) = 0;

  /// Removes the key; with `if_equal`, only if it holds exactly that. True where it was removed;
  /// a key that does not exist is no error. (`delete` in Python.) Throws StoreUnavailable.
  [[nodiscard]] virtual awaitable<bool> erase(
      std::string_view key, std::optional<std::string_view> if_equal = std::nullopt) = 0;

  /// Ends connections and what is under way. Calls after it fail with StoreUnavailable.
  [[nodiscard]] virtual awaitable<void> aclose() = 0;

  /// The time by which entries expire, if the cache knows it without asking; nothing by default.
  /// Sessions are then dropped as soon as they have expired by it, and otherwise with their entry.
  [[nodiscard]] virtual std::optional<Timestamp> now() const { return std::nullopt; }

  /// A lock of that name in this store, not yet held. The cache must outlive it.
  [[nodiscard]] Lock lock(std::string_view key, LockOptions options = {}) {
    return Lock(*this, key, options);
  }
};

}  // namespace webtool::cache
