#include "redis/handshake.hpp"

#include <gtest/gtest.h>

#include <webtool/redis/error.hpp>

namespace webtool::redis {
namespace {

Options plain() {
  Options options;
  options.client_name.clear();
  return options;
}

TEST(RedisHandshake, SaysNothingWhereThereIsNothingToSay) {
  const Handshake handshake(plain());
  EXPECT_TRUE(handshake.done());
  EXPECT_TRUE(handshake.request().empty());
}

TEST(RedisHandshake, SaysAllInOneWrite) {
  Options options;
  options.username = "ann";
  options.password = Secret("p\r\n");
  options.database = 3;
  options.client_name = "api";
  const Handshake handshake(options);
  EXPECT_EQ(handshake.request().expose(),
            "*3\r\n$4\r\nAUTH\r\n$3\r\nann\r\n$3\r\np\r\n\r\n"
            "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n"
            "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$3\r\napi\r\n");
}

TEST(RedisHandshake, AuthenticatesByPasswordAlone) {
  Options options = plain();
  options.password = Secret("p");
  EXPECT_EQ(Handshake(options).request().expose(), "*2\r\n$4\r\nAUTH\r\n$1\r\np\r\n");
}

TEST(RedisHandshake, IsDoneWhenAllWasAgreedTo) {
  Options options;
  options.database = 1;
  const std::string_view replies = "+OK\r\n+OK\r\n";
  for (std::size_t split = 0; split < replies.size(); ++split) {
    Handshake handshake(options);
    EXPECT_FALSE(handshake.receive(replies.substr(0, split)).value()) << split;
    EXPECT_TRUE(handshake.receive(replies.substr(split)).value()) << split;
  }
}

TEST(RedisHandshake, SaysWhatTheServerRefused) {
  Options options;
  options.password = Secret("p");
  EXPECT_EQ(Handshake(options).receive("-WRONGPASS invalid\r\n").error(), Error::no_permission);
  options.database = 99;
  EXPECT_EQ(Handshake(options).receive("+OK\r\n-ERR DB index is out of range\r\n").error(),
            Error::server_error);
}

TEST(RedisHandshake, NoClientNameHidesThatTheServerIsFull) {
  for (const char* words : {"ERR max number of clients reached", "NOAUTH Authentication required.",
                            "ERR Protocol error: too big inline request"}) {
    Handshake handshake{Options{}};
    const auto agreed = handshake.receive("-" + std::string(words) + "\r\n");
    ASSERT_TRUE(agreed.has_error()) << words;
    ASSERT_TRUE(handshake.complaint()) << words;
    EXPECT_EQ(handshake.complaint()->words, words);
  }
}

TEST(RedisHandshake, GoesOnWithoutAClientName) {
  for (const char* words :
       {"ERR unknown command 'CLIENT'", "ERR unknown subcommand 'SETNAME'", "NOPERM no permissions",
        "LOADING Redis is loading the dataset in memory", "BUSY Redis is busy running a script."}) {
    Handshake handshake{Options{}};
    EXPECT_TRUE(handshake.receive("-" + std::string(words) + "\r\n").value()) << words;
    EXPECT_FALSE(handshake.complaint()) << words;
  }
}

TEST(RedisHandshake, KeepsTheServersWordsAndTheCommand) {
  Options options;
  options.password = Secret("hunter2");
  options.database = 99;
  Handshake handshake(options);
  EXPECT_TRUE(handshake.receive("+OK\r\n-ERR DB index is out of range\r\n").has_error());
  ASSERT_TRUE(handshake.complaint());
  EXPECT_EQ(handshake.complaint()->command, "SELECT");
  EXPECT_EQ(handshake.complaint()->words, "ERR DB index is out of range");
}

TEST(RedisHandshake, RefusesNonsense) {
  EXPECT_EQ(Handshake(Options{}).receive("HTTP/1.1 400\r\n").error(), Error::protocol_error);
  EXPECT_EQ(Handshake(Options{}).receive("+OK\r\n+OK\r\n").error(), Error::protocol_error);
  EXPECT_EQ(Handshake(Options{}).receive("$100000\r\n" + std::string(9000, 'x')).error(),
            Error::protocol_error);
}

}  // namespace
}  // namespace webtool::redis
