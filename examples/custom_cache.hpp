// A custom cache: override the four operations of BaseCache. Everything in webtool that needs a
// store then works with the cache, as tests/contract shows. This cache is a std::map with one
// mutex.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include <webtool/cache/base_cache.hpp>

class MapCache final : public webtool::cache::BaseCache {
 public:
  explicit MapCache(webtool::Clock clock = webtool::system_now) : clock_(std::move(clock)) {}

  // Each operation must be atomic. Here each operation holds the lock from beginning to end.
  webtool::awaitable<bool> set(std::string_view key, std::string_view value,
                               webtool::cache::SetOptions options) override {
    options.check();
    const std::scoped_lock hold(mutex_);
    const auto entry = find(key);
    if (options.nx && entry != entries_.end()) co_return false;
    if (options.if_equal && (entry == entries_.end() || entry->second.value != *options.if_equal))
      co_return false;
    auto expires = options.exat.value_or(webtool::Timestamp::max());
    if (options.ex) expires = clock_() + *options.ex;
    entries_.insert_or_assign(std::string(key), Entry{std::string(value), expires});
    co_return true;
  }

  webtool::awaitable<std::optional<std::string>> get(std::string_view key) override {
    const std::scoped_lock hold(mutex_);
    const auto entry = find(key);
    if (entry == entries_.end()) co_return std::nullopt;
    co_return entry->second.value;
  }

  webtool::awaitable<bool> erase(std::string_view key,
                                 std::optional<std::string_view> if_equal) override {
    const std::scoped_lock hold(mutex_);
    const auto entry = find(key);
    if (entry == entries_.end() || (if_equal && entry->second.value != *if_equal)) co_return false;
    entries_.erase(entry);
    co_return true;
  }

  webtool::awaitable<void> aclose() override { co_return; }

 private:
  struct Entry {
    std::string value;
    webtool::Timestamp expires;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  Entries::iterator find(std::string_view key) {
    const auto entry = entries_.find(key);
    if (entry == entries_.end() || entry->second.expires > clock_()) return entry;
    entries_.erase(entry);
    return entries_.end();
  }

  webtool::Clock clock_;
  std::mutex mutex_;
  Entries entries_;
};
