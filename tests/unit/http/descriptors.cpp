#include "http/descriptors.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace webtool::http {
namespace {

TEST(Descriptors, RaiseTheSoftLimitAndFitTheBound) {
  const auto plan = [](std::size_t wanted, std::size_t soft, std::size_t hard) {
    const auto [raised, connections] = plan_descriptors(wanted, soft, hard);
    return std::pair(raised, connections);
  };
  using P = std::pair<std::size_t, std::size_t>;
  constexpr auto infinite = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(plan(10'000, 1'024, 1'048'576), P(10'064, 10'000));  // raised just as far as needed
  EXPECT_EQ(plan(100, 1'024, 4'096), P(1'024, 100));             // enough: never lowered
  EXPECT_EQ(plan(10'000, 1'024, 4'096), P(4'096, 4'032));        // fitted to the hard limit
  EXPECT_EQ(plan(10'000, 1'024, infinite), P(10'064, 10'000));
  EXPECT_EQ(plan(infinite, 1'024, 4'096), P(4'096, 4'032));
  EXPECT_EQ(plan(10'000, 64, 64), P(64, 32));
  EXPECT_EQ(plan(10'000, 1, 1), P(1, 1));
}

}  // namespace
}  // namespace webtool::http
