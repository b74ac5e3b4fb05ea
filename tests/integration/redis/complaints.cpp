// What a server refuses is said in its own words: in the log, once for each kind, and to whoever
// asked. Never a key, a value or a password.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include <webtool/redis/client.hpp>

#include "support/captured_log.hpp"
#include "support/redis_ask.hpp"
#include "support/redis_server.hpp"

namespace webtool::redis {
namespace {

using test::ask;
using test::CapturedLog;
using test::impatient;
using test::Loop;
using test::patient;
using test::RedisServer;

struct RedisComplaints : testing::Test {
  static std::string url(const RedisServer& server, const std::string& user = "") {
    return "redis://" + user + "127.0.0.1:" + std::to_string(server.port());
  }
  /// Asks ten times; the words are in the outcome each time, and in the log once.
  void expect_words(const std::string& url, const Command& command, const std::string& name,
                    const std::string& words) {
    Client client(patient(url));
    expect_words(client, command, name, words);
  }
  void expect_words(Client& client, const Command& command, const std::string& name,
                    const std::string& words) {
    const CapturedLog log;
    for (int i = 0; i < 10; ++i) {
      const auto outcome = ask(loop, client, command);
      ASSERT_TRUE(outcome.has_error()) << words;
      EXPECT_NE(client.words_of(outcome.error()).find(words), std::string::npos)
          << outcome.error().message() << ": " << client.words_of(outcome.error());
    }
    EXPECT_EQ(log.times(name + " was refused: " + words), 1) << log.text();
    EXPECT_EQ(log.times("127.0.0.1:"), log.lines()) << log.text();
    for (const char* secret : {"hunter2", "th-key", "th-value"}) {
      EXPECT_EQ(log.times(secret), 0) << log.text();
    }
  }

  const Command get{"GET", "th-key"};
  const Command set{"SET", "th-key", "th-value"};
  Loop loop;
};

TEST_F(RedisComplaints, APasswordIsAskedForAndNoneIsGiven) {
  RedisServer server({"--requirepass", "hunter2"});
  // Without a handshake the first command meets it; with one, nothing is connected.
  expect_words(url(server) + "?client_name=", get, "GET", "NOAUTH Authentication required");
  expect_words(url(server) + "/1", get, "SELECT", "NOAUTH Authentication required");
}

TEST_F(RedisComplaints, TheNameOfTheClientHidesNoMissingPassword) {
  RedisServer server({"--requirepass", "hunter2"});
  Client client(patient(url(server)));
  const CapturedLog log;
  for (int i = 0; i < 10; ++i) {
    const auto outcome = ask(loop, client, get);
    ASSERT_TRUE(outcome.has_error());
    EXPECT_NE(client.words_of(outcome.error()).find("NOAUTH"), std::string::npos);
  }
  EXPECT_EQ(log.times("CLIENT was refused: NOAUTH Authentication required"), 1) << log.text();
}

TEST_F(RedisComplaints, TheWrongPassword) {
  RedisServer server({"--requirepass", "hunter2"});
  expect_words(url(server, ":hunter22@"), get, "AUTH", "WRONGPASS invalid username-password pair");
  expect_words(url(server, "bob:hunter2@"), get, "AUTH",
               "WRONGPASS invalid username-password pair");
}

TEST_F(RedisComplaints, APasswordNobodyAskedFor) {
  RedisServer server;
  expect_words(url(server, ":hunter2@"), get, "AUTH", "ERR AUTH");
}

TEST_F(RedisComplaints, AUserWithoutThePermission) {
  RedisServer server;
  server.command({"ACL", "SETUSER", "ann", "on", ">hunter2", "~own:*", "+get", "+client"});
  expect_words(url(server, "ann:hunter2@"), set, "SET", "NOPERM");
  expect_words(url(server, "ann:hunter2@"), get, "GET", "NOPERM");
}

TEST_F(RedisComplaints, ANodeOfAClusterThatHasNotTheKey) {
  RedisServer server({}, RedisServer::Mode::cluster);
  server.command({"CLUSTER", "DELSLOTSRANGE", "0", "16383"});
  expect_words(url(server), get, "GET", "CLUSTERDOWN Hash slot not served");
  expect_words(url(server) + "/1", get, "SELECT", "ERR SELECT is not allowed in cluster mode");
}

TEST_F(RedisComplaints, AServerWhoseMemoryIsFull) {
  RedisServer server({"--maxmemory", "1", "--maxmemory-policy", "noeviction"});
  expect_words(url(server), set, "SET", "OOM command not allowed");
}

TEST_F(RedisComplaints, AServerThatWritesNothing) {
  RedisServer server({"--min-replicas-to-write", "1"});
  expect_words(url(server), set, "SET", "NOREPLICAS Not enough good replicas to write.");
}

TEST_F(RedisComplaints, AServerThatCannotSave) {
  RedisServer server({"--save", "3600 1"});
  std::filesystem::create_directory(server.directory() / "dump.rdb");  // in the file's place
  server.command({"SET", "any", "thing"});
  server.command({"BGSAVE"});
  const auto failed = [&] {
    const auto info = server.command({"INFO", "persistence"});
    return info.string()->find("rdb_last_bgsave_status:err") != std::string::npos;
  };
  while (!failed()) continue;
  expect_words(url(server), set, "SET", "MISCONF Redis is configured to save RDB snapshots");
}

TEST_F(RedisComplaints, AReplica) {
  RedisServer server;
  server.command({"REPLICAOF", "127.0.0.1", std::to_string(test::free_port())});
  expect_words(url(server), set, "SET", "READONLY You can't write against a read only replica.");
}

TEST_F(RedisComplaints, AServerThatTakesNoMoreClients) {
  RedisServer server;
  server.command({"CONFIG", "SET", "maxclients", "1"});  // that is the test's own
  Client client(impatient(url(server)));
  const CapturedLog log;
  std::string words;
  for (int i = 0; i < 10; ++i) {
    const auto outcome = ask(loop, client, get);
    ASSERT_TRUE(outcome.has_error());
    words = client.words_of(outcome.error());
  }
  EXPECT_NE(words.find("max number of clients reached"), std::string::npos) << words;
  EXPECT_GE(log.times("max number of clients reached"), 1) << log.text();
  server.command({"CONFIG", "SET", "maxclients", "100"});
  test::ask_until(loop, client, get, [](const auto& outcome) { return outcome.has_value(); });
  EXPECT_EQ(client.words_of(Error::connect_failed), "");
}

TEST_F(RedisComplaints, AKeyOfAnotherType) {
  RedisServer server;
  server.command({"HSET", "th-key", "field", "th-value"});
  expect_words(url(server), get, "GET", "WRONGTYPE Operation against a key");
}

TEST_F(RedisComplaints, ValuesAreLeftOutOfWhatIsSaid) {
  RedisServer server;
  expect_words(url(server), Command("HUNTER", "hunter2", "th-value"), "HUNTER",
               "ERR unknown command");
  expect_words(url(server), Command("CONFIG", "hunter2"), "CONFIG", "ERR");
  expect_words(
      url(server),
      Command("EVAL", "return redis.error_reply('ERR \"' .. KEYS[1] .. '\"')", 1, "hunter2"),
      "EVAL", "ERR");
}

TEST_F(RedisComplaints, NobodyListens) {
  Client client(impatient("redis://127.0.0.1:" + std::to_string(test::free_port())));
  const auto outcome = ask(loop, client, get);
  EXPECT_EQ(outcome.error(), Error::connect_failed);
  EXPECT_EQ(client.words_of(outcome.error()), "cannot connect: Connection refused");
}

}  // namespace
}  // namespace webtool::redis
