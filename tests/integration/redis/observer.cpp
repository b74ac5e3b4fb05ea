// What an observer is told of a Redis that answers, refuses, dies and comes back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <webtool/redis/client.hpp>

#include "support/recorder.hpp"
#include "support/redis_server.hpp"
#include "support/run.hpp"

namespace webtool::redis {
namespace {

using namespace std::chrono_literals;

using test::Recorder;
using testing::ElementsAre;
using testing::Pair;

class RedisObserver : public testing::Test {
 protected:
  const std::shared_ptr<Recorder> recorder = std::make_shared<Recorder>();
  test::RedisServer server;
  test::Loop loop;
  Client client{options(1h)};

  Options options(std::chrono::milliseconds breaker_delay) const {
    auto options = parse_url(server.url());
    options.command_timeout = 50ms;
    options.breaker_failures = 2;
    options.breaker_delay = breaker_delay;
    options.observer = recorder;
    return options;
  }
  result<Reply> ask(const Command& command) { return loop.run(client.execute(command)); }
};

TEST_F(RedisObserver, IsToldOfEveryCommand) {
  ASSERT_TRUE(ask(Command("PING")).has_value());
  ASSERT_TRUE(ask(Command("SET", "k", "v")).has_value());
  ASSERT_FALSE(ask(Command("HGET", "k", "f")).has_value());
  EXPECT_THAT(
      recorder->take(),
      ElementsAre(Pair("store ok", 2), Pair("store the Redis key has a value of another type", 1)));
}

TEST_F(RedisObserver, IsToldWhenTheBreakerOpens) {
  ASSERT_TRUE(ask(Command("PING")).has_value());
  server.freeze();
  (void)recorder->take();
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(ask(Command("PING")).has_value());
  auto told = recorder->take();
  EXPECT_EQ(told["breaker open"], 1);
  const auto* unasked =
      "store the Redis server failed repeatedly, so the command was not sent, unasked";
  EXPECT_EQ(told[unasked], 2);
  int failed = 0;  // for want of a reply, or of a connection
  for (const auto& [what, times] : told)
    if (what.starts_with("store no ")) failed += times;
  EXPECT_EQ(failed, 2);
}

TEST_F(RedisObserver, IsToldWhenTheBreakerCloses) {
  Client probing(options(1ms));
  server.freeze();
  for (int i = 0; i < 2; ++i) (void)loop.run(probing.execute(Command("PING")));
  server.thaw();
  while (!loop.run(probing.execute(Command("PING"))).has_value()) {
  }
  auto told = recorder->take();
  EXPECT_EQ(told["breaker open"], 1);
  EXPECT_EQ(told["breaker closed"], 1);
}

TEST_F(RedisObserver, IsToldThatABreakerIsGoneWithItsConnection) {
  server.freeze();
  {
    Client other(options(1h));
    for (int i = 0; i < 2; ++i) (void)loop.run(other.execute(Command("PING")));
    EXPECT_EQ(recorder->take()["breaker open"], 1);
  }
  loop.poll();
  EXPECT_THAT(recorder->take(), ElementsAre(Pair("breaker closed", 1)));
}

}  // namespace
}  // namespace webtool::redis
