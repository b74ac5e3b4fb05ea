// The embedded cache: for one process, with nothing to install.
//
// Any number of threads may use it. Entries live in shards of their own mutex, found by hash and
// ordered by expiry: each write removes a few that have expired, and nothing ever scans the whole.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include <webtool/cache/base_cache.hpp>

namespace webtool::cache {

struct InMemoryCacheOptions {
  /// Entries it holds at most. When full, expired entries make room; if there are none, a new key
  /// throws StoreUnavailable (std::errc::not_enough_memory) rather than push out a live session.
  std::size_t max_entries = 1'000'000;
  Clock clock = system_now;
};

class InMemoryCache final : public BaseCache {
 public:
  explicit InMemoryCache(InMemoryCacheOptions options = {});
  ~InMemoryCache() override;

  awaitable<bool> set(std::string_view key, std::string_view value,
                      SetOptions options = {}) override;
  awaitable<std::optional<std::string>> get(std::string_view key) override;
  awaitable<bool> erase(std::string_view key,
                        std::optional<std::string_view> if_equal = std::nullopt) override;
  awaitable<void> aclose() override;
  [[nodiscard]] std::optional<Timestamp> now() const override;

  /// Entries held now, expired ones not yet swept included.
  [[nodiscard]] std::size_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace webtool::cache
