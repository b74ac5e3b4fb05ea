// The one place that says which SetOptions make sense, for every cache.
#pragma once

#include <webtool/cache/base_cache.hpp>

#include <stdexcept>

namespace webtool::cache {

inline void check(const SetOptions& options) {
  if (options.ex && options.exat)
    throw std::invalid_argument("SetOptions: ex and exat exclude each other");
  if (options.nx && options.if_equal)
    throw std::invalid_argument("SetOptions: nx and if_equal exclude each other");
  if (options.ex && options.ex->count() <= 0)
    throw std::invalid_argument("SetOptions::ex must be positive");
}

}  // namespace webtool::cache
