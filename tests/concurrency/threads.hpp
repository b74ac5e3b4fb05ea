// Runs the same work in several threads at once, each with its own event loop.
#pragma once

#include <latch>
#include <thread>
#include <vector>

#include "support/run.hpp"

namespace webtool::test {

inline constexpr int thread_count = 4;

/// Calls `work(loop, number)` in each thread and waits for all.
template <class Work>
void in_threads(Work work) {
  std::latch start(thread_count);
  std::vector<std::thread> threads;
  for (int number = 0; number < thread_count; ++number)
    threads.emplace_back([&, number] {
      Loop loop;
      start.arrive_and_wait();
      work(loop, number);
    });
  for (auto& thread : threads) thread.join();
}

}  // namespace webtool::test
