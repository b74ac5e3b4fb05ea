// The client against a server in trouble: answers stay bounded, and it recovers by itself.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <webtool/redis/client.hpp>

#include "support/redis_ask.hpp"
#include "support/redis_server.hpp"

namespace webtool::redis {
namespace {

using test::ask;
using test::ask_until;
using test::impatient;
using test::Loop;
using test::patient;
using test::RedisServer;
using test::show;
namespace asio = boost::asio;
using namespace std::chrono_literals;

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

const Command ping("PING");
const auto answered = [](const result<Reply>& outcome) { return outcome.has_value(); };
const auto refused_at_once = [](const result<Reply>& outcome) {
  return outcome.has_error() && outcome.error() == Error::breaker_open;
};

TEST(RedisFailure, NobodyListens) {
  Loop loop;
  Client client(impatient("redis://127.0.0.1:" + std::to_string(test::free_port())));
  EXPECT_EQ(ask(loop, client, ping).error(), Error::connect_failed);
  ask_until(loop, client, ping, refused_at_once);
}

/// An address that swallows everything: nobody accepts, and the queue of those who wait is full.
class BlackHole {
 public:
  explicit BlackHole(std::uint16_t port) {
    acceptor_.open(asio::ip::tcp::v4());
    acceptor_.set_option(asio::ip::tcp::acceptor::reuse_address(true));
    acceptor_.bind({asio::ip::address_v4::loopback(), port});
    acceptor_.listen(0);
    for (auto& waiting : waiting_) {
      waiting.open(asio::ip::tcp::v4());
      waiting.native_non_blocking(true);
      const auto address = acceptor_.local_endpoint();
      // Asio's own connect would wait.
      (void)::connect(waiting.native_handle(), address.data(),
                      static_cast<socklen_t>(address.size()));
    }
  }

 private:
  asio::io_context context_;
  asio::ip::tcp::acceptor acceptor_{context_};
  std::array<asio::ip::tcp::socket, 4> waiting_{
      asio::ip::tcp::socket(context_), asio::ip::tcp::socket(context_),
      asio::ip::tcp::socket(context_), asio::ip::tcp::socket(context_)};
};

TEST(RedisFailure, AnAddressThatSwallowsEverythingLeavesTimeForTheNext) {
  RedisServer server({"--bind", "::1"});
  const BlackHole hole(server.port());
  Loop loop;
  Options options = parse_url("redis://localhost:" + std::to_string(server.port()));
  options.connect_timeout = 600ms;
  options.command_timeout = 60s;
  Client client(options);
  EXPECT_EQ(show(ask(loop, client, ping)), "PONG");
}

TEST(RedisFailure, OnlyAddressesThatSwallowEverything) {
  const auto port = test::free_port();
  const BlackHole hole(port);
  Loop loop;
  Client client(impatient("redis://127.0.0.1:" + std::to_string(port)));
  EXPECT_EQ(ask(loop, client, ping).error(), Error::connect_failed);
}

TEST(RedisFailure, NoSuchSocketFile) {
  Loop loop;
  Client client(impatient("unix:///no/such/redis.sock"));
  EXPECT_EQ(ask(loop, client, ping).error(), Error::connect_failed);
}

TEST(RedisFailure, ACommandWaitsForAServerThatComesInTime) {
  RedisServer server;
  Loop loop;
  Options options = patient(server.url());
  options.breaker_failures = 1'000'000;
  options.reconnect_delay_max = 20ms;
  Client client(options);
  server.kill();
  result<Reply> outcome;
  bool asked = false;
  asio::co_spawn(
      loop.context(),
      [&]() -> awaitable<void> {
        asked = true;
        outcome = co_await client.execute(ping);
        co_await client.aclose();
      },
      test::rethrow);
  while (!asked) loop.context().run_one();
  loop.context().poll();
  server.restart();
  loop.context().run();
  EXPECT_EQ(show(outcome), "PONG");
}

// The load of the tests below: coroutines on a thread of their own that ask all the time, and check
// that every reply is their own.
class Load {
 public:
  explicit Load(const Options& options, Retry retry = Retry::never)
      : client_(options), retry_(retry) {
    for (int i = 0; i < 50; ++i) asio::co_spawn(context_, work(i), test::rethrow);
    thread_ = std::jthread([this] { context_.run(); });
  }
  ~Load() { stop_ = true; }

  /// Waits until that many more replies, or failures, have come.
  void await_replies(int count) { await(replies_, count); }
  void await_failures(int count) { await(failures_, count); }
  void await_refusals(int count) { await(refusals_, count); }
  [[nodiscard]] int mismatches() const { return mismatches_; }
  [[nodiscard]] int failures() const { return failures_; }

 private:
  static void await(std::atomic<int>& counter, int count) {
    for (const int goal = counter + count; counter < goal;) std::this_thread::sleep_for(1ms);
  }

  awaitable<void> work(int number) {
    Timer pause(co_await asio::this_coro::executor);
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
  asio::io_context context_{1};
  std::atomic<bool> stop_ = false;
  std::atomic<int> replies_ = 0, failures_ = 0, refusals_ = 0, mismatches_ = 0;
  int ended_ = 0;
  std::jthread thread_;
};

TEST(RedisFailure, KilledAndRestartedUnderLoad) {
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

TEST(RedisFailure, FrozenUnderLoad) {
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

TEST(RedisFailure, ConnectionsCutUnderLoadGoUnnoticedByIdempotentCommands) {
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

TEST(RedisFailure, FrozenServerTimesOutThenTheBreakerAnswers) {
  RedisServer server;
  Loop loop;
  Client client(impatient(server.url()));
  ask_until(loop, client, ping, answered);
  server.freeze();
  const auto outcome = ask(loop, client, ping);
  EXPECT_EQ(outcome.error(), Error::timeout);
  ask_until(loop, client, ping, refused_at_once);
  server.thaw();
  ask_until(loop, client, ping, answered);
  EXPECT_EQ(show(ask(loop, client, Command("ECHO", "mine"))), "mine");
}

TEST(RedisFailure, ASlowCommandTimesOutAndTheNextGetsItsOwnReply) {
  RedisServer server;
  Loop loop;
  Options options = impatient(server.url());
  options.breaker_failures = 1'000'000;
  Client client(options);
  EXPECT_EQ(ask(loop, client, Command("DEBUG", "SLEEP", "0.3")).error(), Error::timeout);
  for (int i = 0; i < 20; ++i) {
    const Command echo("ECHO", i);
    ask_until(loop, client, echo, answered);
    EXPECT_EQ(show(ask(loop, client, echo)), std::to_string(i));
  }
}

TEST(RedisFailure, ABusyScript) {
  RedisServer server({"--busy-reply-threshold", "50"});
  Loop loop;
  Options options = impatient(server.url());
  options.breaker_failures = 1'000'000;
  Client client(options);
  EXPECT_EQ(ask(loop, client, Command("EVAL", "while true do end", 0)).error(), Error::timeout);
  ask_until(loop, client, ping, [](const auto& outcome) { return outcome.error() == Error::busy; });
  server.command({"SCRIPT", "KILL"});
  ask_until(loop, client, ping, answered);
}

TEST(RedisFailure, Loading) {
  RedisServer server(
      {"--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"});
  server.command({"DEBUG", "POPULATE", "3000", "key", "100"});
  server.command({"SAVE"});
  Loop loop;
  Client client(patient(server.url()));
  server.restart();
  EXPECT_EQ(ask(loop, client, Command("GET", "key:0")).error(), Error::loading);
  server.command({"CONFIG", "SET", "key-load-delay", "0"});
  ask_until(loop, client, Command("GET", "key:0"), answered);
}

TEST(RedisFailure, ReadOnlyReplica) {
  RedisServer server({"--replicaof", "127.0.0.1 " + std::to_string(test::free_port())});
  Loop loop;
  Options options = patient(server.url());
  options.reconnect_delay_min = options.reconnect_delay_max = 1ms;
  Client client(options);
  const Command set("SET", "key", "value");
  const Command id("CLIENT", "ID");
  EXPECT_EQ(show(ask(loop, client, Command("GET", "key"))), "nil");
  const std::string first = show(ask(loop, client, id));
  // It looks for the new master under the same name, without losing anything.
  ask_until(loop, client, id, [&](const result<Reply>& outcome) {
    EXPECT_EQ(ask(loop, client, set).error(), Error::read_only);
    return show(outcome) != first;
  });
  server.command({"REPLICAOF", "NO", "ONE"});
  EXPECT_EQ(show(ask(loop, client, set)), "OK");
}

TEST(RedisFailure, OutOfMemory) {
  RedisServer server({"--maxmemory", "1mb", "--maxmemory-policy", "noeviction"});
  server.command({"CONFIG", "SET", "maxmemory", "1"});
  Loop loop;
  Client client(patient(server.url()));
  EXPECT_EQ(ask(loop, client, Command("SET", "key", "value")).error(), Error::out_of_memory);
  EXPECT_EQ(show(ask(loop, client, Command("GET", "key"))), "nil");
  server.command({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(show(ask(loop, client, Command("SET", "key", "value"))), "OK");
}

TEST(RedisFailure, AConnectionClosedWhileIdleIsReplaced) {
  RedisServer server;
  Loop loop;
  Client client(patient(server.url()));
  for (int i = 0; i < 5; ++i) {
    const std::string id = show(ask(loop, client, Command("CLIENT", "ID")));
    server.command({"CLIENT", "KILL", "ID", id});
    // The end of the connection is read on the next turn of the loop.
    ask_until(loop, client, ping, answered);
  }
}

TEST(RedisFailure, AnIdleConnectionIsTestedByPing) {
  RedisServer server;
  Loop loop;
  Options options = impatient(server.url());
  options.ping_interval = 5ms;
  Client client(options);
  ask_until(loop, client, Command("GET", "key"), answered);
  server.command({"CONFIG", "RESETSTAT"});
  const auto pinged = [&] {
    return server.command({"INFO", "commandstats"}).string()->find("cmdstat_ping") !=
           std::string::npos;
  };
  while (!pinged()) loop.context().run_one();
  // And what does not answer is dropped, although nobody asks anything.
  const std::string id = show(ask(loop, client, Command("CLIENT", "ID")));
  const auto connected = [&] {
    const std::string clients = *server.command({"CLIENT", "LIST", "TYPE", "normal"}).string();
    return clients.find("id=" + id + ' ') != std::string::npos;
  };
  EXPECT_TRUE(connected());
  server.freeze();
  loop.context().restart();
  loop.context().run();
  server.thaw();
  while (connected()) std::this_thread::yield();
  ask_until(loop, client, ping, answered);
}

TEST(RedisFailure, ALongWaitKeepsTheLoopIdle) {
  RedisServer server;
  Loop loop;
  Options options = patient(server.url());
  options.ping_interval = 1ms;
  Client client(options);
  ask(loop, client, ping);
  std::string text;
  const auto one = [&]() -> awaitable<void> {
    const Command slow("BLPOP", "nothing", "0.2");
    const auto outcome = co_await client.execute(slow);
    text = show(outcome);
  };
  asio::co_spawn(loop.context(), one, test::rethrow);
  int turns = 0;
  for (; text.empty(); ++turns) loop.context().run_one();
  EXPECT_EQ(text, "nil");
  EXPECT_LT(turns, 100);
}

TEST(RedisFailure, AProbeDoesNotWaitForTheNextAttempt) {
  RedisServer server;
  Loop loop;
  Options options = patient(server.url());
  options.breaker_failures = 1;
  options.breaker_delay = 1ms;
  options.reconnect_delay_min = options.reconnect_delay_max = 1h;
  Client client(options);
  server.kill();
  EXPECT_EQ(ask(loop, client, ping).error(), Error::connect_failed);
  server.restart();
  ask_until(loop, client, ping, answered);
}

TEST(RedisFailure, AReplyThatCameInTimeCountsThoughTheLoopWasBusy) {
  RedisServer server;
  Loop loop;
  Client client(impatient(server.url()));
  ask_until(loop, client, ping, answered);
  for (int i = 0; i < 3; ++i) {
    server.freeze();
    std::string text;
    const auto one = [&]() -> awaitable<void> {
      const auto outcome = co_await client.execute(ping);
      text = show(outcome);
    };
    asio::co_spawn(loop.context(), one, test::rethrow);
    loop.context().restart();
    loop.context().poll();
    server.thaw();
    server.command({"PING"});
    std::this_thread::sleep_for(150ms);
    while (text.empty()) loop.context().run_one();
    EXPECT_EQ(text, "PONG");
  }
}

TEST(RedisFailure, TheQueueIsBounded) {
  RedisServer server;
  Loop loop;
  Options options = patient(server.url());
  options.max_in_flight = 10;
  Client client(options);
  ask(loop, client, ping);
  server.freeze();
  int done = 0;
  int full = 0;
  for (int i = 0; i < 15; ++i) {
    asio::co_spawn(
        loop.context(),
        [&]() -> awaitable<void> {
          const auto outcome = co_await client.execute(ping);
          ++done;
          full += outcome.has_error() && outcome.error() == Error::queue_full;
        },
        test::rethrow);
  }
  while (done < 5) loop.context().run_one();
  EXPECT_EQ(full, 5);
  server.thaw();
  while (done < 15) loop.context().run_one();
  EXPECT_EQ(full, 5);
}

TEST(RedisFailure, TheBytesOfTheQueueAreBounded) {
  RedisServer server;
  Loop loop;
  Options options = patient(server.url());
  options.max_queued_bytes = 20'000'000;
  Client client(options);
  ask(loop, client, ping);
  server.freeze();
  const std::string value(3'000'000, 'x');
  const Command set("SET", "key", value);
  int done = 0;
  int full = 0;
  constexpr int commands = 20;
  for (int i = 0; i < commands; ++i) {
    asio::co_spawn(
        loop.context(),
        [&]() -> awaitable<void> {
          const auto outcome = co_await client.execute(set);
          ++done;
          full += outcome.has_error() && outcome.error() == Error::queue_full;
        },
        test::rethrow);
  }
  // The sockets take some megabytes beside the 20.
  while (done < 5) loop.context().run_one();
  EXPECT_EQ(full, done);
  server.thaw();
  while (done < commands) loop.context().run_one();
  EXPECT_GE(commands - full, 6);
}

TEST(RedisFailure, ACancelledCommandLeavesTheOthersTheirReplies) {
  using namespace asio::experimental::awaitable_operators;
  RedisServer server;
  Loop loop;
  Client client(patient(server.url()));
  const Command id("CLIENT", "ID");
  const std::string before = show(ask(loop, client, id));
  server.freeze();
  int right = 0;
  const auto one = [&](int number) -> awaitable<void> {
    const Command echo("ECHO", number);
    if (number % 2 == 0) {
      const auto outcome = co_await client.execute(echo);
      right += show(outcome) == std::to_string(number);
    } else {
      Timer limit(loop.context(), std::chrono::milliseconds(number));
      const auto first = co_await (client.execute(echo) || limit.async_wait(use_awaitable));
      EXPECT_EQ(first.index(), 1U);
      if (number == 99) server.thaw();
    }
  };
  for (int i = 0; i < 100; ++i) asio::co_spawn(loop.context(), one(i), test::rethrow);
  while (right < 50) loop.context().run_one();
  EXPECT_EQ(show(ask(loop, client, id)), before);
}

TEST(RedisFailure, CancellationByASlotThrows) {
  RedisServer server;
  Loop loop;
  Client client(patient(server.url()));
  ask(loop, client, ping);
  server.freeze();
  asio::cancellation_signal signal;
  std::exception_ptr failure;
  asio::co_spawn(
      loop.context(),
      [&]() -> awaitable<void> {
        const auto outcome = co_await client.execute(ping);
        ADD_FAILURE() << show(outcome);
      },
      asio::bind_cancellation_slot(signal.slot(),
                                   [&](std::exception_ptr error) { failure = error; }));
  loop.context().poll();
  signal.emit(asio::cancellation_type::terminal);
  while (!failure) loop.context().run_one();
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), asio::error::operation_aborted);
  }
  server.thaw();
  EXPECT_EQ(show(ask(loop, client, Command("ECHO", "mine"))), "mine");
}

}  // namespace
}  // namespace webtool::redis
