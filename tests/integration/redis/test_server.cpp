// The server the other tests lean on.
#include <gtest/gtest.h>

#include <stdexcept>

#include "support/redis_server.hpp"

namespace webtool::test {

TEST(RedisTestServer, AnswersAndForgetsOnRestart) {
  RedisServer server;
  server.command({"SET", "a", "1"});
  EXPECT_EQ(*server.command({"GET", "a"}).string(), "1");
  const auto port = server.port();
  server.restart();
  EXPECT_EQ(server.port(), port);
  EXPECT_TRUE(server.command({"GET", "a"}).is_nil());
}

TEST(RedisTestServer, KeepsWhatWasSaved) {
  RedisServer server;
  server.command({"SET", "a", "1"});
  server.command({"SAVE"});
  server.restart();
  EXPECT_EQ(*server.command({"GET", "a"}).string(), "1");
}

TEST(RedisTestServer, ThawsWhereItFroze) {
  RedisServer server;
  server.freeze();
  server.thaw();
  EXPECT_EQ(*server.command({"PING"}).string(), "PONG");
}

TEST(RedisTestServer, ClusterNodeRefusesCrossSlotKeys) {
  RedisServer server({}, RedisServer::Mode::cluster);
  server.command({"SET", "a", "1"});
  EXPECT_THROW(server.command({"MGET", "a", "b"}), std::runtime_error);
}

TEST(RedisTestServer, SaysWhyItDoesNotStart) {
  EXPECT_THROW(RedisServer({"--no-such-option", "1"}), std::runtime_error);
}

}  // namespace webtool::test
