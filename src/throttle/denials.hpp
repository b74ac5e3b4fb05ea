// What has been denied, and until when: so that a flood of denied requests is answered from memory.
//
// A table of fixed size, where a new denial takes the place of another: forgetting one costs a
// question to the store, nothing else. It remembers counters rather than requests, so that all
// sessions of an address that has used up its room are known by one entry.
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
  /// At most `size` denials, rounded up to a multiple of the number of shards.
  explicit Denials(std::size_t size);
  ~Denials();

  /// The limit at `index` of the counter of that key has denied a request that is charged so many
  /// `times`, and will until `now + outcome.retry_after`. The denial holds for every route that
  /// shares the counter; `find` compares what the request costs there.
  void remember(std::string_view key, std::size_t index, const Outcome& outcome,
                std::uint32_t times, SteadyTimestamp now);

  /// The denial that still stands for a request that `rules` count and charge so many `times`, as
  /// of `now`.
  [[nodiscard]] std::optional<Outcome> find(std::string_view key, const Group& group, RuleSet rules,
                                            std::uint32_t times, SteadyTimestamp now) const;

 private:
  struct Slot {
    std::string key{};
    std::size_t index = 0;    // which of the group's limits
    std::uint64_t units = 0;  // what was too much
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
