// How many connections the process may have open. The system's limit on file descriptors is often
// 1,024, far below what a server is told to serve; beyond it, connections fail at random.
#pragma once

#include <cstddef>

namespace webtool::http {

/// What is kept for everything but connections: files, stores, logs.
inline constexpr std::size_t reserved_descriptors = 64;

/// The limit to have (`raised`, not above `hard`), and how many of `wanted` connections fit.
struct DescriptorPlan {
  std::size_t raised, connections;
};
[[nodiscard]] DescriptorPlan plan_descriptors(std::size_t wanted, std::size_t soft,
                                              std::size_t hard) noexcept;

/// Raises the process's soft RLIMIT_NOFILE where `wanted` connections need that, and returns how
/// many fit. Logs both.
[[nodiscard]] std::size_t fit_descriptors(std::size_t wanted);

}  // namespace webtool::http
