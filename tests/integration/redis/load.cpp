// The client under load while its server is killed, frozen, or cuts connections: every reply
// belongs to its command.
#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <string>
#include <thread>

#include <webtool/redis/client.hpp>

#include "core/timer.hpp"
#include "support/redis_ask.hpp"
#include "support/redis_server.hpp"

namespace webtool::redis {
namespace {

using test::impatient;
using test::patient;
using test::RedisServer;
using namespace std::chrono_literals;

// Coroutines on a thread of their own that ask all the time. They check that every reply is theirs.
class Load {
 public:
  explicit Load(const Options& options, Retry retry = Retry::never)
      : client_(options), retry_(retry) {
    for (int i = 0; i < 50; ++i) loop_.spawn(work(i));
    thread_ = std::jthread([this] { loop_.run_to_end(); });
  }
  ~Load() { stop_ = true; }

  /// Waits until that many more replies, or refusals, have come.
  void await_replies(int count) { await(replies_, count); }
  void await_refusals(int count) { await(refusals_, count); }
  [[nodiscard]] int mismatches() const { return mismatches_; }
  [[nodiscard]] int failures() const { return failures_; }

 private:
  static void await(std::atomic<int>& counter, int count) {
    for (const int goal = counter + count; counter < goal;) std::this_thread::sleep_for(1ms);
  }

  awaitable<void> work(int number) {
    SteadyTimer pause(co_await boost::asio::this_coro::executor);
    for (int i = 0; !stop_; ++i) {
      const std::string text = std::to_string(number) + '.' + std::to_string(i);
      const Command echo("ECHO", text);
      const auto outcome = co_await client_.execute(echo, retry_);
      if (outcome.has_value()) {
        ++replies_;
        if (*outcome.value().string() != text) ++mismatches_;
        continue;
      }
      ++failures_;
      if (outcome.error() == Error::breaker_open) ++refusals_;
      pause.expires_after(1ms);
      co_await pause.async_wait(use_awaitable);
    }
    if (++ended_ == 50) co_await client_.aclose();
  }

  Client client_;
  Retry retry_;
  test::Loop loop_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> replies_ = 0, failures_ = 0, refusals_ = 0, mismatches_ = 0;
  int ended_ = 0;
  std::jthread thread_;
};

TEST(RedisUnderLoad, KilledAndRestarted) {
  RedisServer server;
  Load load(impatient(server.url()));
  for (int round = 0; round < 3; ++round) {
    load.await_replies(1000);
    server.kill();
    load.await_refusals(200);
    server.restart();
  }
  load.await_replies(1000);
  EXPECT_EQ(load.mismatches(), 0);
}

TEST(RedisUnderLoad, Frozen) {
  RedisServer server;
  Load load(impatient(server.url()));
  for (int round = 0; round < 3; ++round) {
    load.await_replies(1000);
    server.freeze();
    load.await_refusals(200);
    server.thaw();
  }
  load.await_replies(1000);
  EXPECT_EQ(load.mismatches(), 0);
}

TEST(RedisUnderLoad, ConnectionsCutGoUnnoticedByIdempotentCommands) {
  RedisServer server;
  Options options = patient(server.url());
  options.reconnect_delay_min = options.reconnect_delay_max = 1ms;
  Load load(options, Retry::if_idempotent);
  for (int round = 0; round < 20; ++round) {
    load.await_replies(200);
    server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  }
  load.await_replies(200);
  EXPECT_EQ(load.mismatches(), 0);
  EXPECT_EQ(load.failures(), 0);
}

}  // namespace
}  // namespace webtool::redis
