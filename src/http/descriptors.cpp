#include "http/descriptors.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace webtool::http {

DescriptorPlan plan_descriptors(std::size_t wanted, std::size_t soft, std::size_t hard) noexcept {
  constexpr auto most = std::numeric_limits<std::size_t>::max();
  const auto needed = wanted > most - reserved_descriptors ? most : wanted + reserved_descriptors;
  const auto raised = std::max(soft, std::min(needed, hard));
  // If the limit is very low, half of it is for connections.
  const auto room = raised > 2 * reserved_descriptors ? raised - reserved_descriptors : raised / 2;
  return {raised, std::min(wanted, std::max<std::size_t>(room, 1))};
}

std::size_t fit_descriptors(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  auto plan = plan_descriptors(wanted, limit.rlim_cur, limit.rlim_max);
  if (plan.raised > limit.rlim_cur) {
    const rlimit raised{plan.raised, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
      spdlog::info("http: raised the limit of open files from {} to {}", limit.rlim_cur,
                   plan.raised);
    } else {
      plan = plan_descriptors(wanted, limit.rlim_cur, limit.rlim_cur);
    }
  }
  if (plan.connections < wanted) {
    spdlog::warn(
        "http: max_connections is {} instead of {}: raise the hard limit of open files (ulimit -Hn,"
        " LimitNOFILE=)",
        plan.connections, wanted);
  }
  return plan.connections;
}

}  // namespace webtool::http
