// An operation on Redis beside redis-benchmark doing the same, on the same server, in the same run.
#pragma once

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <webtool/cache/redis_cache.hpp>

#include "support/redis_server.hpp"

namespace webtool::bench {

inline constexpr int rounds = 3;

/// What a coroutine does again and again; false where it went wrong.
using Work = std::function<awaitable<bool>()>;

/// One operation: ours, made ready on a cache, and the command redis-benchmark sends, with
/// `__rand_int__` for a number below `random`.
struct Operation {
  std::string name;
  std::function<Work(cache::RedisCache&)> prepare;
  std::vector<std::string> command;
  int random = 0;
};

/// Operations a second, on one connection and one thread, by so many coroutines.
inline double measure(const std::string& url, const Operation& operation, int in_flight,
                      int total) {
  cache::RedisCache cache(url);
  const Work once = operation.prepare(cache);
  boost::asio::io_context context(1);
  int left = total;
  int running = in_flight;
  const auto work = [&]() -> awaitable<void> {
    while (left-- > 0) {
      const bool right = co_await once();
      if (!right) throw std::runtime_error(operation.name + " failed");
    }
    if (--running == 0) co_await cache.aclose();
  };
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < in_flight; ++i) {
    boost::asio::co_spawn(context, work, [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  }
  context.run();
  return total / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The same by redis-benchmark with its own connections and pipelining.
inline double measure_peer(std::uint16_t port, const Operation& operation, int connections,
                           int pipelined, int total) {
  std::string line = fmt::format("redis-benchmark -p {} -c {} -P {} -n {} --csv", port, connections,
                                 pipelined, total);
  if (operation.random > 0) line += fmt::format(" -r {}", operation.random);
  for (const std::string& word : operation.command) line += " '" + word + "'";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(line.c_str(), "r"), &::pclose);
  if (!pipe) throw std::runtime_error("redis-benchmark does not start");
  // "test","rps",… and then the command's name and the figure, each in quotes.
  std::array<char, 4096> buffer;
  std::string last;
  while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) last = buffer.data();
  const std::size_t figure = last.find("\",\"");
  if (figure == std::string::npos) throw std::runtime_error("redis-benchmark says: " + last);
  return std::stod(last.substr(figure + 3));
}

inline void compare(const test::RedisServer& server, const Operation& operation, int in_flight,
                    int connections, int pipelined, int total) {
  // In turns, and the best of each: what else the machine does can only slow them down.
  double ours = 0;
  double peer = 0;
  for (int round = 0; round < rounds; ++round) {
    ours = std::max(ours, measure(server.url() + "/0?timeout=60000", operation, in_flight, total));
    peer = std::max(peer, measure_peer(server.port(), operation, connections, pipelined, total));
  }
  const std::string setting = fmt::format("-c {} -P {}", connections, pipelined);
  fmt::print("{:<22}{:>10}{:>14.0f}{:>14}{:>14.0f}{:>8.2f}\n", operation.name, in_flight, ours,
             setting, peer, ours / peer);
  std::fflush(stdout);
}

/// A script by EVALSHA, with one key and any arguments.
inline Operation script(const std::string& name, const std::string& source, const std::string& key,
                        const std::vector<std::string>& arguments) {
  const auto shared = std::make_shared<redis::Script>(source);
  const auto prepare = [shared, key, arguments](cache::RedisCache& cache) -> Work {
    return [&client = cache.client(), shared, key, arguments]() -> awaitable<bool> {
      const std::array<std::string_view, 1> keys{key};
      const std::vector<std::string_view> views(arguments.begin(), arguments.end());
      const auto reply = co_await client.evaluate(*shared, keys, views);
      co_return reply.has_value();
    };
  };
  Operation operation{name, prepare, {"EVALSHA", shared->sha1(), "1", key}};
  operation.command.insert(operation.command.end(), arguments.begin(), arguments.end());
  return operation;
}

inline void print_redis_heading() {
  fmt::print("{:<22}{:>10}{:>14}{:>14}{:>14}{:>8}\n", "operations a second", "in flight", "webtool",
             "", "redis-benchmark", "ratio");
}

}  // namespace webtool::bench
