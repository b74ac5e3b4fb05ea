// Options that cannot work are refused when the client is made, not when it is first used.
#pragma once

#include <webtool/redis/options.hpp>

namespace webtool::redis {

/// Gives `options` back, or throws std::invalid_argument naming the field that is wrong.
[[nodiscard]] Options checked(Options options);

}  // namespace webtool::redis
