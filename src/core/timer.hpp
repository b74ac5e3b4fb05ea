// A timer on the executor of webtool's coroutines.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>

#include <chrono>

#include <webtool/core/awaitable.hpp>

namespace webtool {

using SteadyTimer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace webtool
