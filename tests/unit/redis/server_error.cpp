#include "redis/server_error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace webtool::redis {
namespace {

TEST(RedisServerError, GoesByTheFirstWord) {
  EXPECT_EQ(server_error("LOADING Redis is loading the dataset in memory"), Error::loading);
  EXPECT_EQ(server_error("READONLY You can't write against a read only replica."),
            Error::read_only);
  EXPECT_EQ(server_error("OOM command not allowed when used memory > 'maxmemory'."),
            Error::out_of_memory);
  EXPECT_EQ(server_error("MOVED 3999 127.0.0.1:6381"), Error::moved);
  EXPECT_EQ(server_error("ASK 3999 127.0.0.1:6381"), Error::ask);
  EXPECT_EQ(server_error("CLUSTERDOWN Hash slot not served"), Error::cluster_down);
  EXPECT_EQ(server_error("TRYAGAIN Multiple keys request"), Error::try_again);
  EXPECT_EQ(server_error("MASTERDOWN Link with MASTER is down"), Error::master_down);
  EXPECT_EQ(server_error("NOREPLICAS Not enough good replicas"), Error::no_replicas);
  EXPECT_EQ(server_error("ERR max number of clients reached"), Error::max_clients);
  EXPECT_EQ(server_error("CROSSSLOT Keys in request"), Error::cross_slot);
  EXPECT_EQ(server_error("NOSCRIPT No matching script."), Error::no_script);
  EXPECT_EQ(server_error("NOAUTH Authentication required."), Error::no_permission);
  EXPECT_EQ(server_error("NOPERM this user has no permissions"), Error::no_permission);
  EXPECT_EQ(server_error("WRONGPASS invalid username-password pair"), Error::no_permission);
  EXPECT_EQ(server_error("BUSY Redis is busy running a script."), Error::busy);
  EXPECT_EQ(server_error("WRONGTYPE Operation against a key"), Error::wrong_type);
}

TEST(RedisServerError, TakesTheRestForAnError) {
  for (const char* text : {"", " ", "ERR READONLY", "READONLYX", "BUSYKEY Target key exists",
                           "readonly", "EXECABORT x"}) {
    EXPECT_EQ(server_error(text), Error::server_error) << text;
  }
}

TEST(RedisServerError, IsReadableWithoutWhatItQuotes) {
  struct Row {
    std::string text;
    std::string expected;
  };
  const Row table[] = {
      {"NOAUTH Authentication required.", "NOAUTH Authentication required."},
      {"", ""},
      {"READONLY You can't write against a read only replica.",
       "READONLY You can't write against a read only replica."},
      {"MOVED 3999 127.0.0.1:6381", "MOVED 3999 127.0.0.1:6381"},
      {"ERR unknown command 'hunter2', with args beginning with: 'hunter2' 'x'",
       "ERR unknown command '...'"},
      {"ERR unknown command `hunter2`, with args", "ERR unknown command `...`, with args"},
      {"ERR bad value \"hunter2\" of key", "ERR bad value \"...\" of key"},
      {"ERR cut off 'hunter2 and so on", "ERR cut off '..."},
      {"ERR one 'hunter2' two \"hunter2\"", "ERR one '...\""},
      {"NOPERM this user has no permissions to run the 'config|get' command or its subcommand",
       "NOPERM this user has no permissions to run the 'config|get' command or its subcommand"},
      {"ERR value 'hunter2' command", "ERR value '...' command"},
      {std::string("ERR \x1b[31m\0\r\n\xff", 13), "ERR ?[31m????"},
      {std::string(5000, 'x'), std::string(200, 'x')},
  };
  for (const Row& row : table) EXPECT_EQ(readable(row.text), row.expected) << row.text;
}

TEST(RedisServerError, NamesTheCommand) {
  EXPECT_EQ(command_name("*2\r\n$3\r\nGET\r\n$7\r\nhunter2\r\n"), "GET");
  EXPECT_EQ(command_name("*1\r\n$8\r\nJSON.SET\r\n"), "JSON.SET");
  for (const char* wire : {"", "*", "*1\r\n", "$", "*1\r\n$0\r\n\r\n", "*1\r\n$3\r\na b\r\n",
                           "*1\r\n$40\r\nABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMN\r\n"}) {
    EXPECT_EQ(command_name(wire), "?") << wire;
  }
}

TEST(RedisError, EveryCodeHasItsOwnMessage) {
  std::set<std::string> messages;
  const int last = static_cast<int>(Error::protocol_error);
  for (int code = 1; code <= last; ++code) messages.insert(redis_category().message(code));
  EXPECT_EQ(messages.size(), static_cast<std::size_t>(last));
  EXPECT_FALSE(messages.contains(redis_category().message(last + 1)));
}

TEST(RedisError, SaysWhetherTheCommandMayHaveRun) {
  for (const Error error :
       {Error::timeout, Error::connection_lost, Error::closed, Error::protocol_error}) {
    EXPECT_TRUE(may_have_run(error));
  }
  for (const Error error : {Error::connect_failed, Error::breaker_open, Error::queue_full,
                            Error::loading, Error::no_script, Error::server_error}) {
    EXPECT_FALSE(may_have_run(error));
  }
}

TEST(Redirect, SaysWhereTheKeyIs) {
  const auto moved = redirect_of("MOVED 3999 127.0.0.1:6381");
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->slot, 3999);
  EXPECT_EQ(moved->host, "127.0.0.1");
  EXPECT_EQ(moved->port, 6381);
  EXPECT_EQ(redirect_of("ASK 16383 node.example:1")->host, "node.example");
  EXPECT_EQ(redirect_of("MOVED 0 ::1:6381")->host, "::1");
  EXPECT_EQ(redirect_of("MOVED 1 :6381")->host, "");
}

TEST(Redirect, IsNothingWhereItMakesNoSense) {
  for (const char* text :
       {"", "MOVED", "MOVED ", "MOVED 1", "MOVED 1 host", "MOVED 1 host:", "MOVED 1 host:0",
        "MOVED 1 host:65536", "MOVED 16384 host:1", "MOVED -1 host:1", "MOVED x host:1",
        "MOVED 1 host:1x", "MOVED  1 host:1", "ERR 1 host:1", "moved 1 host:1"})
    EXPECT_FALSE(redirect_of(text)) << text;
}

TEST(RedisError, SaysWhetherTheCommandHasRun) {
  using enum Error;
  for (const auto error :
       {connect_failed, breaker_open, queue_full, loading, read_only, moved, ask, try_again,
        cluster_down, master_down, no_replicas, max_clients, no_permission, busy}) {
    EXPECT_TRUE(has_not_run(error)) << make_error_code(error).message();
    EXPECT_FALSE(may_have_run(error));
  }
  for (const auto error : {timeout, connection_lost, closed, protocol_error}) {
    EXPECT_TRUE(may_have_run(error)) << make_error_code(error).message();
    EXPECT_FALSE(has_not_run(error));
  }
  // A script may have run in part before its error reply.
  EXPECT_FALSE(has_not_run(server_error));
}

}  // namespace
}  // namespace webtool::redis
