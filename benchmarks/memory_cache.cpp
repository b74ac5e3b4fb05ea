// InMemoryCache at one and two threads, beside the least it could do: a map behind one mutex.
#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdio>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <webtool/cache/in_memory_cache.hpp>

using namespace webtool;

namespace {

constexpr int entries = 100'000;
constexpr int operations = 1'000'000;
const std::string value(100, 'v');

std::vector<std::string> make_keys() {
  std::vector<std::string> keys;
  for (int i = 0; i < entries; ++i)
    keys.push_back("wt:{session of user " + std::to_string(i) + "}");
  return keys;
}

const std::vector<std::string> keys = make_keys();

const std::string& key_at(int step, int thread) {
  return keys[(static_cast<std::size_t>(step) * 7919 + static_cast<std::size_t>(thread) * 31) %
              entries];
}

// Operations a second of all threads together; `work(thread)` does `operations` of them.
template <class Work>
double in_threads(int count, Work work) {
  std::latch start(count + 1);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < count; ++thread)
    threads.emplace_back([&, thread] {
      start.arrive_and_wait();
      work(thread);
    });
  start.arrive_and_wait();
  const auto begun = std::chrono::steady_clock::now();
  for (auto& thread : threads) thread.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  return count * operations / took.count();
}

double ours(cache::InMemoryCache& cache, int threads, bool writes) {
  return in_threads(threads, [&](int thread) {
    boost::asio::io_context context(1);
    const auto work = [&]() -> awaitable<void> {
      cache::SetOptions an_hour;
      an_hour.ex = std::chrono::hours(1);
      for (int step = 0; step < operations; ++step) {
        if (writes)
          (void)co_await cache.set(key_at(step, thread), value, an_hour);
        else
          (void)co_await cache.get(key_at(step, thread));
      }
    };
    boost::asio::co_spawn(context, work, boost::asio::detached);
    context.run();
  });
}

double floor_of(std::unordered_map<std::string, std::string>& map, int threads, bool writes) {
  std::mutex mutex;
  return in_threads(threads, [&](int thread) {
    for (int step = 0; step < operations; ++step) {
      const std::scoped_lock hold(mutex);
      if (writes)
        map[key_at(step, thread)] = value;
      else if (std::string copy = map.at(key_at(step, thread)); copy.empty())
        std::abort();
    }
  });
}

}  // namespace

int main() {
  cache::InMemoryCache cache;
  std::unordered_map<std::string, std::string> map;
  fmt::print("{:<22}{:>8}{:>16}{:>16}{:>8}\n", "operations a second", "threads", "InMemoryCache",
             "map and mutex", "ratio");
  for (const int threads : {1, 2}) {
    for (const bool writes : {true, false}) {
      const double mine = ours(cache, threads, writes);
      const double least = floor_of(map, threads, writes);
      fmt::print("{:<22}{:>8}{:>16.0f}{:>16.0f}{:>8.2f}\n", writes ? "set" : "get", threads, mine,
                 least, mine / least);
      std::fflush(stdout);
    }
  }
}
