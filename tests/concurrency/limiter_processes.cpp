// Many processes on one Redis: together they admit no more than one process would.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <webtool/cache/redis_cache.hpp>
#include <webtool/throttle/redis_limiter.hpp>

#include "support/limit_rule.hpp"
#include "support/redis_server.hpp"
#include "support/run.hpp"

namespace webtool::throttle {
namespace {

constexpr int processes = 4;
constexpr int most = 400;

// Each process makes 2.5 times as many requests as there is room for all processes, and reports how
// many were admitted.
int ask(const std::string& url, const Policy& policy) {
  cache::RedisCache cache(url);
  RedisLimiter limiter(cache);
  test::Loop loop;
  const auto all = attempt(policy, {"user", "123"});
  int admitted = 0;
  for (int i = 0; i < 10 * most / processes; ++i) admitted += loop.run(limiter.decide(all)).allowed;
  return admitted;
}

TEST(RedisLimiterProcesses, AdmitExactlyN) {
  test::RedisServer server;
  for (const auto algorithm : test::algorithms) {
    const Policy policy("GET /", {test::rule(most, std::chrono::years(3), algorithm)});
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < processes; ++i) {
      const auto child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        int admitted = -1;
        try {
          admitted = ask(server.url(), policy);
        } catch (...) {
        }
        ::_exit(::write(pipe_ends[1], &admitted, sizeof admitted) == sizeof admitted ? 0 : 1);
      }
      children.push_back(child);
    }
    int sum = 0;
    for (const auto child : children) {
      int admitted = 0;
      ASSERT_EQ(::read(pipe_ends[0], &admitted, sizeof admitted),
                static_cast<ssize_t>(sizeof admitted));
      EXPECT_GE(admitted, 0);
      sum += admitted;
      int status = 0;
      EXPECT_EQ(::waitpid(child, &status, 0), child);
      EXPECT_EQ(status, 0);
    }
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    EXPECT_EQ(sum, most);
  }
}

}  // namespace
}  // namespace webtool::throttle
