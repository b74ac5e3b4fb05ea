// The counters of one shard of the embedded limiter: a table by key and in the order of the last
// charge. This class decides which counters are dropped.
#pragma once

#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/identity.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "throttle/window.hpp"

namespace webtool::throttle {

/// The key of a counter with its hash. The limiter computes the hash once for a decision.
struct CounterKey {
  std::size_t hash;
  std::string_view text;
};

/// The stored data of one counter. Only the key and its hash are indexed, so the other members may
/// change in place.
struct Kept {
  std::size_t hash;
  std::string key;
  mutable Words words{};
  // By the limiter's clock, not by the state's own time.
  mutable std::int64_t expires = 0;
  mutable std::int64_t denies_until = 0;
};

class Counters {
 private:
  struct Hash {
    std::size_t operator()(const Kept& kept) const noexcept { return kept.hash; }
    std::size_t operator()(const CounterKey& key) const noexcept { return key.hash; }
  };
  struct SameKey {
    bool operator()(const Kept& one, const Kept& other) const { return one.key == other.key; }
    bool operator()(const CounterKey& key, const Kept& kept) const { return key.text == kept.key; }
    bool operator()(const Kept& kept, const CounterKey& key) const { return key.text == kept.key; }
  };
  using Table = boost::multi_index_container<
      Kept, boost::multi_index::indexed_by<boost::multi_index::hashed_unique<
                                               boost::multi_index::identity<Kept>, Hash, SameKey>,
                                           boost::multi_index::sequenced<>>>;

 public:
  using Place = Table::iterator;

  /// The caller must hold this for every call.
  mutable std::mutex mutex;

  [[nodiscard]] std::size_t size() const { return table_.size(); }
  [[nodiscard]] Place find(const CounterKey& key) const {
    return table_.find(key, Hash{}, SameKey{});
  }
  [[nodiscard]] Place nowhere() const { return table_.end(); }
  Place add(const CounterKey& key) {
    return table_.insert(Kept{key.hash, std::string(key.text)}).first;
  }

  /// Marks the counter as the one that was charged last.
  void touch(Place place);
  /// Checks the next few counters in a cycle and drops those that are no longer needed. Returns the
  /// number of dropped counters.
  std::size_t sweep(std::int64_t now);
  /// Drops the counter with the oldest charge that denies nobody and is not in `needed`. Returns
  /// false if there is none among the counters that it checks.
  [[nodiscard]] bool drop_one(std::int64_t now, std::span<const Place> needed);

 private:
  using Order = Table::nth_index<1>::type;

  Table table_;
  Order::iterator hand_ = table_.get<1>().end();
};

}  // namespace webtool::throttle
