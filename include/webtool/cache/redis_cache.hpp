// The cache on a Redis server, for production.
#pragma once

#include <webtool/cache/base_cache.hpp>
#include <webtool/redis/client.hpp>

namespace webtool::cache {

class RedisCache final : public BaseCache {
 public:
  /// `redis://…`, `rediss://…` or `unix://…`; see redis::parse_url. Connects on first use.
  explicit RedisCache(std::string_view url) : RedisCache(redis::parse_url(url)) {}
  explicit RedisCache(redis::Options options);

  awaitable<bool> set(std::string_view key, std::string_view value,
                      SetOptions options = {}) override;
  awaitable<std::optional<std::string>> get(std::string_view key) override;
  awaitable<bool> erase(std::string_view key,
                        std::optional<std::string_view> if_equal = std::nullopt) override;
  awaitable<void> aclose() override;

  /// Returns a key of this cache as it is in Redis: `namespace:key` with Options::key_namespace.
  [[nodiscard]] std::string key(std::string name) const;

  /// Returns the Redis client of the cache, for an application's own commands and for
  /// RedisJWTService.
  [[nodiscard]] redis::Client& client() noexcept { return client_; }

 private:
  redis::Client client_;
  std::string prefix_;  ///< of every key
};

/// Returns the reply. If there is none, throws StoreUnavailable with the server's error text.
[[nodiscard]] redis::Reply reply_of(const redis::Client& client, result<redis::Reply> reply);
/// Throws StoreUnavailable. For a reply that a correct server cannot send to our commands and
/// scripts.
[[noreturn]] void refuse_reply();

}  // namespace webtool::cache
