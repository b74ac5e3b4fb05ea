// The Redis client beside redis-benchmark: the same commands, on the same server, in the same run.
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

#include <webtool/redis/client.hpp>

#include "support/redis_server.hpp"

namespace {

namespace asio = boost::asio;
using namespace webtool;
using redis::Client;
using redis::Command;

constexpr int rounds = 3;

/// One operation: what a coroutine does again and again, and what redis-benchmark does.
struct Operation {
  std::string name;
  std::function<awaitable<bool>(Client&)> ours;
  std::vector<std::string> command;
};

/// Operations a second, on one connection and one thread, by so many coroutines.
double measure(const std::string& url, const Operation& operation, int in_flight, int total) {
  Client client(url);
  asio::io_context context(1);
  int left = total;
  int running = in_flight;
  const auto work = [&]() -> awaitable<void> {
    while (left-- > 0) {
      const bool right = co_await operation.ours(client);
      if (!right) throw std::runtime_error(operation.name + " failed");
    }
    if (--running == 0) co_await client.aclose();
  };
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < in_flight; ++i) {
    asio::co_spawn(context, work, [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  }
  context.run();
  return total / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The same by redis-benchmark with its own connections and pipelining.
double measure_peer(std::uint16_t port, const Operation& operation, int connections, int pipelined,
                    int total) {
  std::string line = fmt::format("redis-benchmark -p {} -c {} -P {} -n {} --csv", port, connections,
                                 pipelined, total);
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

void compare(const test::RedisServer& server, const Operation& operation, int in_flight,
             int connections, int pipelined, int total) {
  // In turns, and the best of each: what else the machine does can only slow them down.
  double ours = 0;
  double peer = 0;
  for (int round = 0; round < rounds; ++round) {
    ours = std::max(ours, measure(server.url(), operation, in_flight, total));
    peer = std::max(peer, measure_peer(server.port(), operation, connections, pipelined, total));
  }
  const std::string setting = fmt::format("-c {} -P {}", connections, pipelined);
  fmt::print("{:<22}{:>10}{:>14.0f}{:>14}{:>14.0f}{:>8.2f}\n", operation.name, in_flight, ours,
             setting, peer, ours / peer);
  std::fflush(stdout);
}

Operation get() {
  return {"GET",
          [](Client& client) -> awaitable<bool> {
            const Command command("GET", "key");
            const auto reply = co_await client.execute(command);
            co_return reply.has_value();
          },
          {"GET", "key"}};
}

/// A script by EVALSHA, with one key and any arguments.
Operation script(const std::string& name, const std::string& source, const std::string& key,
                 const std::vector<std::string>& arguments) {
  const auto shared = std::make_shared<redis::Script>(source);
  Operation operation{name,
                      [shared, key, arguments](Client& client) -> awaitable<bool> {
                        const std::array<std::string_view, 1> keys{key};
                        const std::vector<std::string_view> views(arguments.begin(),
                                                                  arguments.end());
                        const auto reply = co_await client.evaluate(*shared, keys, views);
                        co_return reply.has_value();
                      },
                      {"EVALSHA", shared->sha1(), "1", key}};
  operation.command.insert(operation.command.end(), arguments.begin(), arguments.end());
  return operation;
}

}  // namespace

int main() {
  test::RedisServer server;
  server.command({"SET", "key", "VXK"});
  fmt::print("{:<22}{:>10}{:>14}{:>14}{:>14}{:>8}\n", "operations a second", "in flight", "webtool",
             "", "redis-benchmark", "ratio");
  compare(server, get(), 1, 1, 1, 20'000);
  compare(server, get(), 50, 1, 50, 500'000);
  compare(server, get(), 50, 50, 1, 100'000);
  compare(server, get(), 1000, 20, 50, 1'000'000);

  const std::string hash =
      "redis.call('HSET', KEYS[1], 'field', ARGV[1]) return redis.call('HLEN', KEYS[1])";
  server.command({"SCRIPT", "LOAD", hash});
  const Operation hash_script = script("script of two calls", hash, "hash", {"value"});
  compare(server, hash_script, 50, 1, 50, 100'000);
  compare(server, hash_script, 1000, 20, 50, 200'000);
}
