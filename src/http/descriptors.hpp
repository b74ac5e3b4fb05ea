// The number of connections that the process may open. The system's limit on file descriptors is
// often 1,024, far below the configured maximum. Above the limit, connections fail at random.
#pragma once

#include <cstddef>

namespace webtool::http {

/// The descriptors that are not used for connections, but for files, stores and logs.
inline constexpr std::size_t reserved_descriptors = 64;

/// The new limit (`raised`, at most `hard`), and the number of `wanted` connections that fit.
struct DescriptorPlan {
  std::size_t raised, connections;
};
[[nodiscard]] DescriptorPlan plan_descriptors(std::size_t wanted, std::size_t soft,
                                              std::size_t hard) noexcept;

/// Raises the process's soft RLIMIT_NOFILE if `wanted` connections need it. Returns the number of
/// connections that fit. Logs both changes.
[[nodiscard]] std::size_t fit_descriptors(std::size_t wanted);

}  // namespace webtool::http
