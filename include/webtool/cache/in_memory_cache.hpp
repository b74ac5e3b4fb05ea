// The embedded cache: for one process, without a server.
//
// May be used from any number of threads. Entries are in shards by hash, ordered by expiry. Each
// shard has its own mutex. Each write removes a few expired entries. No operation scans all
// entries.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include <webtool/cache/base_cache.hpp>

namespace webtool::cache {

struct InMemoryCacheOptions {
  /// The maximum number of entries. If full, expired entries are removed. If there are none, a new
  /// key throws StoreUnavailable (std::errc::not_enough_memory), so that no live session is pushed
  /// out.
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

  /// Returns the number of entries, including expired entries that are not removed yet.
  [[nodiscard]] std::size_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace webtool::cache
