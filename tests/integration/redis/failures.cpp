// The client against a server in trouble: answers stay bounded, and it recovers by itself.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <string>
#include <thread>

#include <webtool/redis/client.hpp>

#include "core/timer.hpp"
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

const Command ping("PING");
const auto answered = [](const result<Reply>& outcome) { return outcome.has_value(); };
const auto refused_at_once = [](const result<Reply>& outcome) {
  return outcome.has_error() && outcome.error() == Error::breaker_open;
};

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
  loop.run_until(pinged);
  // And what does not answer is dropped, although nobody asks anything.
  const std::string id = show(ask(loop, client, Command("CLIENT", "ID")));
  const auto connected = [&] {
    const std::string clients = *server.command({"CLIENT", "LIST", "TYPE", "normal"}).string();
    return clients.find("id=" + id + ' ') != std::string::npos;
  };
  EXPECT_TRUE(connected());
  server.freeze();
  loop.run_to_end();
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
  loop.spawn(one);
  int turns = 0;
  loop.run_until([&] {
    ++turns;
    return !text.empty();
  });
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
    loop.spawn(one);
    loop.poll();
    server.thaw();
    server.command({"PING"});
    std::this_thread::sleep_for(150ms);
    loop.run_until([&] { return !text.empty(); });
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
    loop.spawn([&]() -> awaitable<void> {
      const auto outcome = co_await client.execute(ping);
      ++done;
      full += outcome.has_error() && outcome.error() == Error::queue_full;
    });
  }
  loop.run_until([&] { return done >= 5; });
  EXPECT_EQ(full, 5);
  server.thaw();
  loop.run_until([&] { return done >= 15; });
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
    loop.spawn([&]() -> awaitable<void> {
      const auto outcome = co_await client.execute(set);
      ++done;
      full += outcome.has_error() && outcome.error() == Error::queue_full;
    });
  }
  // The sockets take some megabytes beside the 20.
  loop.run_until([&] { return done >= 5; });
  EXPECT_EQ(full, done);
  server.thaw();
  loop.run_until([&] { return done >= commands; });
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
      SteadyTimer limit(loop.context(), std::chrono::milliseconds(number));
      const auto first = co_await (client.execute(echo) || limit.async_wait(use_awaitable));
      EXPECT_EQ(first.index(), 1U);
      if (number == 99) server.thaw();
    }
  };
  for (int i = 0; i < 100; ++i) loop.spawn(one(i));
  loop.run_until([&] { return right >= 50; });
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
  loop.poll();
  signal.emit(asio::cancellation_type::terminal);
  loop.run_until([&] { return failure != nullptr; });
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
