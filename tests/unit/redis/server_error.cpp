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
  EXPECT_EQ(server_error("ASK 3999 127.0.0.1:6381"), Error::moved);
  EXPECT_EQ(server_error("CLUSTERDOWN Hash slot not served"), Error::cluster_down);
  EXPECT_EQ(server_error("TRYAGAIN Multiple keys request"), Error::cluster_down);
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

}  // namespace
}  // namespace webtool::redis
