// What an error reply means to a program. Only the first word of the reply counts; the rest is
// prose, which may quote the data it complains about and so goes nowhere.
#pragma once

#include <string_view>

#include <webtool/redis/error.hpp>

namespace webtool::redis {

/// The Error for the text of an error reply, such as "LOADING Redis is loading…".
[[nodiscard]] Error server_error(std::string_view text) noexcept;

}  // namespace webtool::redis
