// Where the embedded limiter keeps its counters: a table by key and in the order of last charge, of
// which one shard has a part. What is forgotten, and what never is, is decided here.
#pragma once

#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "core/keyed_hash.hpp"
#include "throttle/window.hpp"

namespace webtool::throttle {

/// What is kept of one counter. All that is not the key changes without its index.
struct Kept {
  std::string key;
  mutable Words words{};
  // By the clock, not by the state's own time.
  mutable std::int64_t expires = 0;
  mutable std::int64_t denies_until = 0;
};

class Counters {
 private:
  using Table = boost::multi_index_container<
      Kept,
      boost::multi_index::indexed_by<boost::multi_index::hashed_unique<
                                         boost::multi_index::member<Kept, std::string, &Kept::key>,
                                         KeyedHash, std::equal_to<>>,
                                     boost::multi_index::sequenced<>>>;

 public:
  using Place = Table::iterator;

  /// To be held for every call.
  mutable std::mutex mutex;

  [[nodiscard]] std::size_t size() const { return table_.size(); }
  [[nodiscard]] Place find(std::string_view key) const {
    return table_.find(key, KeyedHash{}, std::equal_to<>{});
  }
  [[nodiscard]] Place nowhere() const { return table_.end(); }
  Place add(const std::string& key) { return table_.insert(Kept{key}).first; }

  /// Makes it the last one charged.
  void touch(Place place);
  /// Looks at the next few, round and round, and drops those that no longer matter; returns how
  /// many.
  std::size_t sweep(std::int64_t now);
  /// Drops the one charged the longest ago of those that deny nobody, none of `needed`. False if
  /// there is none among those it looks at.
  [[nodiscard]] bool drop_one(std::int64_t now, std::span<const Place> needed);

 private:
  using Order = Table::nth_index<1>::type;

  Table table_;
  Order::iterator hand_ = table_.get<1>().end();
};

}  // namespace webtool::throttle
