#include <webtool/redis/command.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include <webtool/redis/script.hpp>

namespace webtool::redis {
namespace {

TEST(RedisCommand, EncodesItsArguments) {
  EXPECT_EQ(Command("PING").encode(), "*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(Command("SET", "k", std::string("v")).encode(),
            "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n");
}

TEST(RedisCommand, TakesAnyBytes) {
  EXPECT_EQ(Command("GET", std::string_view("\r\n\0$", 4)).encode(),
            std::string("*2\r\n$3\r\nGET\r\n$4\r\n\r\n\0$\r\n", 23));
  EXPECT_EQ(Command("GET", "").encode(), "*2\r\n$3\r\nGET\r\n$0\r\n\r\n");
}

TEST(RedisCommand, TakesIntegers) {
  EXPECT_EQ(Command("X", 0, -1, std::numeric_limits<std::int64_t>::min(), std::size_t{7}).encode(),
            "*5\r\n$1\r\nX\r\n$1\r\n0\r\n$2\r\n-1\r\n$20\r\n-9223372036854775808\r\n$1\r\n7\r\n");
}

TEST(RedisCommand, GrowsByAdd) {
  Command command("MGET");
  for (int i = 0; i < 10; ++i) command.add("k").add(i);
  EXPECT_EQ(command.encode().substr(0, 19), "*21\r\n$4\r\nMGET\r\n$1\r\n");
}

TEST(RedisCommand, KnowsItsFirstKey) {
  const Command set("SET", Key("k"), "v");
  EXPECT_EQ(set.encode(), Command("SET", "k", "v").encode());
  EXPECT_EQ(set.key(), "k");
  EXPECT_EQ(Command("PING").key(), "");
  EXPECT_EQ(Command("SET", "k", "v").key(), "");

  Command eval("EVALSHA", "sha", 2);
  eval.add(Key("first")).add(Key("second")).add("argument");
  EXPECT_EQ(eval.key(), "first");
  const Command copy = eval;
  eval = Command("PING");
  EXPECT_EQ(copy.key(), "first");

  const Command get("GET", Key("space:", "k"));
  EXPECT_EQ(get.encode(), Command("GET", "space:k").encode());
  EXPECT_EQ(get.key(), "space:k");

  const std::string bytes("\r\n\0$", 4);
  EXPECT_EQ(Command("GET", Key(bytes)).key(), bytes);
  EXPECT_EQ(Command("GET", Key("")).key(), "");
}

TEST(RedisScript, NamesItselfBySha1) {
  EXPECT_EQ(Script("return 1").sha1(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
  EXPECT_EQ(Script("").sha1(), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(Script("return 1").source(), "return 1");
}

}  // namespace
}  // namespace webtool::redis
