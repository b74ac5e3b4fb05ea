// Checks options when the client is made, not on its first use.
#pragma once

#include <webtool/redis/options.hpp>

namespace webtool::redis {

/// Returns `options`. Throws std::invalid_argument that names the invalid field.
[[nodiscard]] Options checked(Options options);

}  // namespace webtool::redis
