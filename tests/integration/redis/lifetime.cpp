// Clients and io_contexts may end in any order, with commands under way.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include <webtool/redis/client.hpp>

#include "support/redis_ask.hpp"
#include "support/redis_server.hpp"

namespace webtool::redis {
namespace {

using test::ask;
using test::Loop;
using test::patient;
using test::RedisServer;
using test::show;
namespace asio = boost::asio;

const Command ping("PING");

struct RedisLifetime : testing::Test {
  RedisServer server;
  std::optional<Loop> loop{std::in_place};
  std::optional<Client> client{std::in_place, patient(server.url())};
  /// Its use count says how many coroutines still exist.
  std::shared_ptr<int> witness = std::make_shared<int>();
  int closed = 0;

  void spawn(int count) {
    for (int i = 0; i < count; ++i) loop->spawn(one(witness));
    loop->poll();
  }

  awaitable<void> one(std::shared_ptr<int> guard) {
    const auto outcome = co_await client->execute(ping);
    closed += outcome.has_error() && outcome.error() == Error::closed;
    guard.reset();
  }
};

TEST_F(RedisLifetime, TheIoContextEndsFirstWithCommandsSent) {
  ask(*loop, *client, ping);
  server.freeze();
  spawn(100);
  loop.reset();
  EXPECT_EQ(witness.use_count(), 1);
  server.thaw();
  Loop next;
  EXPECT_EQ(show(ask(next, *client, ping)), "PONG");
}

TEST_F(RedisLifetime, TheIoContextEndsFirstWhileConnecting) {
  server.freeze();
  spawn(100);
  loop.reset();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(RedisLifetime, TheIoContextEndsFirstBeforeAnythingRan) {
  for (int i = 0; i < 10; ++i) loop->spawn(one(witness));
  loop.reset();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(RedisLifetime, TheClientEndsFirstWithCommandsSent) {
  ask(*loop, *client, ping);
  server.freeze();
  spawn(100);
  client.reset();
  loop->run_to_end();
  EXPECT_EQ(closed, 100);
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(RedisLifetime, TheClientEndsFirstWhileConnecting) {
  server.freeze();
  spawn(100);
  client.reset();
  loop->run_to_end();
  EXPECT_EQ(closed, 100);
}

TEST_F(RedisLifetime, TheClientEndsFirstAndTheIoContextNeverRunsAgain) {
  ask(*loop, *client, ping);
  server.freeze();
  spawn(100);
  client.reset();
  loop.reset();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(RedisLifetime, TheClientLivesInACoroutineThatIsDestroyed) {
  loop->spawn([this]() -> awaitable<void> {
    Client own(patient(server.url()));
    const auto guard = witness;
    const auto first = co_await own.execute(ping);
    server.freeze();
    const auto second = co_await own.execute(ping);
  });
  loop->run_until([&] { return witness.use_count() > 1; });
  for (int i = 0; i < 20; ++i) loop->context().run_one_for(std::chrono::milliseconds(10));
  loop.reset();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(RedisLifetime, TheClientEndsOnAnotherThread) {
  for (int round = 0; round < 20; ++round) {
    client.emplace(patient(server.url()));
    std::atomic<bool> under_way = false;
    std::jthread thread([&] {
      Loop own;
      own.spawn([&]() -> awaitable<void> {
        const auto first = co_await client->execute(ping);
        const Command block("BLPOP", "nothing", 0);
        auto waiting = client->execute(block);
        under_way = true;
        const auto outcome = co_await std::move(waiting);
        EXPECT_EQ(show(outcome), show(Error::closed));
      });
      own.run_to_end();
    });
    while (!under_way) std::this_thread::yield();
    client.reset();
  }
}

TEST_F(RedisLifetime, IoContextsComeAndGoOnOtherThreads) {
  std::jthread others[2];
  for (auto& thread : others) {
    thread = std::jthread([&] {
      for (int i = 0; i < 50; ++i) {
        Loop own;
        EXPECT_EQ(show(ask(own, *client, ping)), "PONG");
      }
    });
  }
}

TEST_F(RedisLifetime, AcloseFailsWhatIsUnderWayAndRefusesTheRest) {
  Loop other;
  ask(other, *client, ping);
  ask(*loop, *client, ping);
  server.freeze();
  spawn(10);
  loop->run(client->aclose());
  // Nothing is left to do, on either: the connections are closed.
  loop->run_to_end();
  other.run_to_end();
  EXPECT_EQ(closed, 10);
  EXPECT_EQ(ask(*loop, *client, ping).error(), Error::closed);
  EXPECT_EQ(ask(other, *client, ping).error(), Error::closed);
  Loop third;
  EXPECT_EQ(ask(third, *client, ping).error(), Error::closed);
  loop->run(client->aclose());
}

TEST_F(RedisLifetime, ConnectionsOfEndedClientsAreClosed) {
  for (int i = 0; i < 30; ++i) {
    client.emplace(patient(server.url()));
    ask(*loop, *client, ping);
  }
  client.reset();
  loop->run_to_end();
  const auto clients = [&] {
    return *server.command({"CLIENT", "LIST", "TYPE", "normal"}).string();
  };
  while (clients().find("name=webtool") != std::string::npos) std::this_thread::yield();
}

TEST_F(RedisLifetime, AnExceptionOfACallerLeavesTheOthersAlone) {
  int answered = 0;
  const auto work = [&](int number) -> awaitable<void> {
    const auto outcome = co_await client->execute(ping);
    if (number == 5) throw std::logic_error("five");
    answered += outcome.has_value();
  };
  for (int i = 0; i < 10; ++i) loop->spawn(work(i));
  const auto run = [&] {
    loop->run_until([&] { return answered >= 9; });
    loop->poll();
  };
  EXPECT_THROW(run(), std::logic_error);
  run();
  EXPECT_EQ(show(ask(*loop, *client, ping)), "PONG");
}

TEST_F(RedisLifetime, TheCommandNeedNotOutliveTheCall) {
  bool done = false;
  {
    const Command command("ECHO", std::string(1000, 'x'));
    asio::co_spawn(loop->context(), client->execute(command),
                   [&](std::exception_ptr, const result<Reply>& outcome) {
                     EXPECT_EQ(show(outcome), std::string(1000, 'x'));
                     done = true;
                   });
  }
  loop->run_until([&] { return done; });
}

}  // namespace
}  // namespace webtool::redis
