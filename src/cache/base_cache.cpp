#include <webtool/cache/base_cache.hpp>

#include "core/option_check.hpp"

namespace webtool::cache {

void SetOptions::check() const {
  const OptionCheck require("SetOptions");
  require(!ex || !exat, "ex and exat exclude each other");
  require(!nx || !if_equal, "nx and if_equal exclude each other");
  require(!ex || ex->count() > 0, "ex must be positive");
}

}  // namespace webtool::cache
