// Remembers denials until they end, so that a flood of denied requests is answered from memory.
//
// The table has a fixed size, and a new denial may replace another. A lost denial costs only one
// request to the store. The key is a counter, not a request, so that one entry covers all sessions
// of an address without room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <webtool/core/clock.hpp>
#include <webtool/throttle/base_limiter.hpp>

namespace webtool::throttle {

class Denials {
 public:
  /// Remembers at most `size` denials, rounded up to a multiple of the number of shards.
  explicit Denials(std::size_t size);
  ~Denials();

  /// Remembers that the limit at `index` of the counter `key` has denied a request charged `times`
  /// times, until `now + outcome.retry_after`. The denial applies to every route that shares the
  /// counter. `find` compares costs to decide.
  void remember(std::string_view key, std::size_t index, const Outcome& outcome,
                std::uint32_t times, SteadyTimestamp now);

  /// Returns the denial at the time `now` of a request that `rules` count and that is charged
  /// `times` times. Returns nothing if none is remembered.
  [[nodiscard]] std::optional<Outcome> find(std::string_view key, const Group& group, RuleSet rules,
                                            std::uint32_t times, SteadyTimestamp now) const;

 private:
  struct Slot {
    std::string key{};
    std::size_t index = 0;    // of the limit in its group
    std::uint64_t units = 0;  // the cost that was denied
    std::uint32_t remaining = 0;
    SteadyTimestamp reset{};
    SteadyTimestamp until{};
  };
  struct Shard {
    mutable std::mutex mutex;
    std::vector<Slot> slots;
  };
  [[nodiscard]] std::pair<Shard&, std::size_t> place(std::string_view key) const;

  std::unique_ptr<Shard[]> shards_;
};

}  // namespace webtool::throttle
