#include <webtool/cache/in_memory_cache.hpp>

#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/ordered_index.hpp>
#include <boost/multi_index_container.hpp>

#include <array>
#include <atomic>
#include <limits>
#include <mutex>

#include <webtool/cache/error.hpp>

#include "core/keyed_hash.hpp"
#include "core/option_check.hpp"

namespace webtool::cache {
namespace {

namespace bmi = boost::multi_index;

struct Entry {
  std::string key;
  std::string value;
  Timestamp expires;
};

struct ByKey;
struct ByExpiry;
using Table = bmi::multi_index_container<
    Entry, bmi::indexed_by<
               bmi::hashed_unique<bmi::tag<ByKey>, bmi::member<Entry, std::string, &Entry::key>,
                                  KeyedHash, std::equal_to<>>,
               bmi::ordered_non_unique<bmi::tag<ByExpiry>,
                                       bmi::member<Entry, Timestamp, &Entry::expires>>>>;

struct Shard {
  std::mutex mutex;
  Table table;

  // Removes up to `most` expired entries and returns their number.
  std::size_t sweep(Timestamp now, std::size_t most) {
    auto& soonest = table.get<ByExpiry>();
    std::size_t removed = 0;
    while (removed < most && !soonest.empty() && soonest.begin()->expires <= now) {
      soonest.erase(soonest.begin());
      ++removed;
    }
    return removed;
  }
};

constexpr std::size_t shard_count = 64;
constexpr std::size_t sweep_per_write = 4;
constexpr std::size_t everything = std::numeric_limits<std::size_t>::max();

}  // namespace

struct InMemoryCache::State {
  explicit State(InMemoryCacheOptions given) : options(std::move(given)) {}

  const InMemoryCacheOptions options;
  std::array<Shard, shard_count> shards;
  std::atomic<std::size_t> size{0};
  std::atomic<bool> closed{false};

  Shard& shard_of(KnownHash hash) {
    // The table uses the low bits of the hash.
    return shards[(hash.value >> 48) % shard_count];
  }

  void check_open() const {
    if (closed.load(std::memory_order_relaxed))
      throw StoreUnavailable(make_error_code(boost::system::errc::operation_canceled));
  }

  bool full() const { return size.load() >= options.max_entries; }

  // Returns true if an expired entry in any shard has made room. The caller must hold no lock.
  bool make_room(Timestamp now) {
    for (auto& shard : shards) {
      const std::scoped_lock hold(shard.mutex);
      size -= shard.sweep(now, everything);
      if (!full()) return true;
    }
    return !full();
  }

  // Returns nothing if a new entry is needed and there is no room.
  std::optional<bool> try_set(std::string_view key, std::string_view value,
                              const SetOptions& options_given, Timestamp now, Timestamp expires) {
    const KnownHash hash{keyed_hash(key)};
    auto& shard = shard_of(hash);
    const std::scoped_lock hold(shard.mutex);
    size -= shard.sweep(now, sweep_per_write);
    auto entry = shard.table.find(key, hash, std::equal_to<>{});
    const bool exists = entry != shard.table.end() && entry->expires > now;
    if (options_given.nx && exists) return false;
    if (options_given.if_equal && (!exists || entry->value != *options_given.if_equal))
      return false;
    if (expires <= now) {
      if (entry != shard.table.end()) {
        shard.table.erase(entry);
        --size;
      }
      return true;
    }
    if (entry != shard.table.end()) {
      const auto overwrite = [&](Entry& old) {
        old.value.assign(value);
        old.expires = expires;
      };
      shard.table.modify(entry, overwrite);
      return true;
    }
    // Counted before the insert, so that two threads cannot both take the last place.
    if (size.fetch_add(1) >= options.max_entries) {
      --size;
      return std::nullopt;
    }
    shard.table.insert(Entry{std::string(key), std::string(value), expires});
    return true;
  }
};

InMemoryCache::InMemoryCache(InMemoryCacheOptions options)
    : state_(std::make_unique<State>(std::move(options))) {
  const OptionCheck require("InMemoryCacheOptions");
  require(state_->options.max_entries > 0, "max_entries must be positive");
  require(static_cast<bool>(state_->options.clock), "clock must be callable");
}

InMemoryCache::~InMemoryCache() = default;

awaitable<bool> InMemoryCache::set(std::string_view key, std::string_view value,
                                   SetOptions options) {
  options.check();
  state_->check_open();
  const auto now = state_->options.clock();
  auto expires = Timestamp::max();
  const auto longest = std::chrono::floor<std::chrono::milliseconds>(Timestamp::max() - now);
  if (options.ex && *options.ex < longest) expires = now + *options.ex;
  if (options.exat) expires = *options.exat;
  auto written = state_->try_set(key, value, options, now, expires);
  if (!written && state_->make_room(now))
    written = state_->try_set(key, value, options, now, expires);
  if (!written) throw StoreUnavailable(make_error_code(boost::system::errc::not_enough_memory));
  co_return *written;
}

awaitable<std::optional<std::string>> InMemoryCache::get(std::string_view key) {
  state_->check_open();
  const auto now = state_->options.clock();
  const KnownHash hash{keyed_hash(key)};
  auto& shard = state_->shard_of(hash);
  const std::scoped_lock hold(shard.mutex);
  const auto entry = shard.table.find(key, hash, std::equal_to<>{});
  if (entry == shard.table.end() || entry->expires <= now) co_return std::nullopt;
  co_return entry->value;
}

awaitable<bool> InMemoryCache::erase(std::string_view key,
                                     std::optional<std::string_view> if_equal) {
  state_->check_open();
  const auto now = state_->options.clock();
  const KnownHash hash{keyed_hash(key)};
  auto& shard = state_->shard_of(hash);
  const std::scoped_lock hold(shard.mutex);
  const auto entry = shard.table.find(key, hash, std::equal_to<>{});
  if (entry == shard.table.end()) co_return false;
  const bool lives = entry->expires > now;
  if (lives && if_equal && entry->value != *if_equal) co_return false;
  shard.table.erase(entry);
  --state_->size;
  co_return lives;
}

std::optional<Timestamp> InMemoryCache::now() const {
  return state_->options.clock();
}

awaitable<void> InMemoryCache::aclose() {
  state_->closed = true;
  co_return;
}

std::size_t InMemoryCache::size() const {
  return state_->size;
}

}  // namespace webtool::cache
