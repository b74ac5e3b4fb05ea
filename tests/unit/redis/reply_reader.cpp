#include "redis/reply_reader.hpp"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace webtool::redis {
namespace {

std::string show(const Reply& reply) {
  if (reply.is_nil()) return "nil";
  if (const auto* number = reply.integer()) return std::to_string(*number);
  if (const auto* text = reply.string()) return '"' + *text + '"';
  if (const auto* error = std::get_if<Reply::ErrorText>(&reply.value)) return '!' + error->text;
  std::string text = "[";
  for (const Reply& item : *reply.array()) text += show(item) + ' ';
  return text + ']';
}

struct Outcome {
  std::vector<std::string> replies;
  bool sound = true;
};

Outcome feed(const std::vector<std::string_view>& pieces, std::size_t max_size = 1 << 20) {
  Outcome outcome;
  ReplyReader reader(max_size);
  for (const std::string_view piece : pieces) {
    outcome.sound =
        reader.feed(piece, [&](Reply&& reply) { outcome.replies.push_back(show(reply)); });
    if (!outcome.sound) break;
  }
  return outcome;
}

using Texts = std::vector<std::string>;

// Each sample is one reply.
const std::vector<std::pair<std::string, std::string>> samples = {
    {"+OK\r\n", "\"OK\""},
    {"+\r\n", "\"\""},
    {"-ERR no\r\n", "!ERR no"},
    {"-\r\n", "!"},
    {":0\r\n", "0"},
    {":-42\r\n", "-42"},
    {":9223372036854775807\r\n", "9223372036854775807"},
    {":-9223372036854775808\r\n", "-9223372036854775808"},
    {"$-1\r\n", "nil"},
    {"*-1\r\n", "nil"},
    {"$0\r\n\r\n", "\"\""},
    {"$4\r\na\r\nb\r\n", "\"a\r\nb\""},
    {"$2\r\n\r\n\r\n", "\"\r\n\""},
    {{"$3\r\n\0\xff\n\r\n", 9}, {"\"\0\xff\n\"", 5}},
    {"$20\r\nabcdefghijklmnopqrst\r\n", "\"abcdefghijklmnopqrst\""},
    {"*0\r\n", "[]"},
    {"*1\r\n+\r\n", "[\"\" ]"},
    {"*3\r\n*0\r\n*-1\r\n*0\r\n", "[[] nil [] ]"},
    {"*2\r\n*2\r\n:1\r\n-ERR x\r\n*1\r\n$-1\r\n", "[[1 !ERR x ] [nil ] ]"},
    {"*2\r\n*1\r\n*2\r\n$1\r\na\r\n*0\r\n+b\r\n", "[[[\"a\" [] ] ] \"b\" ]"},
};

const std::vector<std::string> nonsense = {
    // Other protocols.
    "HTTP/1.1 400 Bad Request\r\n", "\x15\x03\x01\r\n", "\r\n", "\n", "?\r\n", " +OK\r\n",
    // RESP3.
    "_\r\n", "#t\r\n", ",1.5\r\n", "(1\r\n", "!1\r\nx\r\n", "=5\r\ntxt:x\r\n", "%1\r\n+a\r\n+b\r\n",
    "~1\r\n+a\r\n", ">1\r\n+a\r\n", "|1\r\n+a\r\n+b\r\n", "$?\r\n", "*?\r\n", "*1\r\n_\r\n",
    // Lines that do not end with CRLF, or hold more of it.
    "+OK\n", ":1\n", "$-1\n", "+O\nK\r\n", "+O\rK\r\n", "-O\rK\r\n", "+OK\r\r\n", ":1\r\r\n",
    // Integers that are none, or have another spelling.
    ":\r\n", ":-\r\n", ":+5\r\n", ":-0\r\n", ":00\r\n", ":007\r\n", ":-07\r\n", ": 1\r\n",
    ":1 \r\n", ":1a\r\n", ":1.0\r\n", ":0x1\r\n", ":--1\r\n", ":9223372036854775808\r\n",
    ":-9223372036854775809\r\n",
    // Lengths.
    "$\r\n", "$x\r\n", "$-2\r\n", "$+1\r\na\r\n", "$01\r\na\r\n", "$-0\r\n\r\n", "$-01\r\n",
    "$1a\r\n", "$99999999999999999999\r\n", "*\r\n", "*x\r\n", "*-2\r\n", "*+1\r\n", "*01\r\n",
    "*-0\r\n", "*99999999999999999999\r\n",
    // Texts that do not end where their length says.
    "$3\r\nabcd\r\n", "$3\r\nabc\n\n", "$3\r\nabc\r\r", "$3\r\nab\r\n\r\n", "$0\r\nab",
    // Inside an array.
    "*1\r\n?\r\n", "*2\r\n:1\r\n:01\r\n", "*1\r\n$1\r\nab\r\n"};

TEST(RedisReplyReader, ReadsEveryKindInEverySplit) {
  for (const auto& [wire, expected] : samples) {
    EXPECT_EQ(feed({wire}).replies, Texts{expected});
    for (std::size_t at = 0; at <= wire.size(); ++at) {
      const std::string_view bytes = wire;
      const Outcome first = feed({bytes.substr(0, at)});
      EXPECT_TRUE(first.sound) << wire << at;
      EXPECT_EQ(first.replies.size(), at == wire.size() ? 1U : 0U) << wire << at;
      EXPECT_EQ(feed({bytes.substr(0, at), bytes.substr(at)}).replies, Texts{expected})
          << wire << at;
    }
  }
}

TEST(RedisReplyReader, RefusesNonsenseInEverySplit) {
  for (const std::string& wire : nonsense) {
    const std::string bytes = "+OK\r\n" + wire;
    for (std::size_t at = 0; at <= bytes.size(); ++at) {
      const std::string_view all = bytes;
      const Outcome outcome = feed({all.substr(0, at), all.substr(at)});
      EXPECT_FALSE(outcome.sound) << wire << at;
      EXPECT_EQ(outcome.replies, Texts{"\"OK\""}) << wire << at;
    }
  }
}

TEST(RedisReplyReader, RefusesAnotherTypeAtItsFirstByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const char type = static_cast<char>(byte);
    const bool known = std::string_view("+-:$*").find(type) != std::string_view::npos;
    EXPECT_EQ(feed({std::string_view(&type, 1)}).sound, known) << byte;
  }
}

constexpr std::string_view mixed =
    "+OK\r\n$5\r\nhello\r\n*3\r\n:1\r\n*2\r\n$2\r\n\r\n\r\n+s\r\n$-1\r\n-ERR x\r\n:7\r\n*0\r\n";

TEST(RedisReplyReader, TakesTwoSplits) {
  const Texts whole = feed({mixed}).replies;
  ASSERT_EQ(whole.size(), 6U);
  for (std::size_t first = 0; first <= mixed.size(); ++first) {
    for (std::size_t second = first; second <= mixed.size(); ++second) {
      const Outcome outcome =
          feed({mixed.substr(0, first), mixed.substr(first, second - first), mixed.substr(second)});
      EXPECT_TRUE(outcome.sound);
      EXPECT_EQ(outcome.replies, whole) << first << ' ' << second;
    }
  }
}

TEST(RedisReplyReader, TakesSingleBytes) {
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < mixed.size(); ++i) bytes.push_back(mixed.substr(i, 1));
  EXPECT_EQ(feed(bytes).replies, feed({mixed}).replies);
}

TEST(RedisReplyReader, WaitsAtEveryTruncation) {
  const Texts whole = feed({mixed}).replies;
  for (std::size_t size = 0; size < mixed.size(); ++size) {
    const Outcome outcome = feed({mixed.substr(0, size)});
    EXPECT_TRUE(outcome.sound) << size;
    ASSERT_LT(outcome.replies.size(), whole.size()) << size;
    EXPECT_TRUE(std::equal(outcome.replies.begin(), outcome.replies.end(), whole.begin())) << size;
  }
}

TEST(RedisReplyReader, StaysBroken) {
  ReplyReader reader(1000);
  const auto ignore = [](Reply&&) { FAIL(); };
  EXPECT_FALSE(reader.feed("?\r\n", ignore));
  EXPECT_FALSE(reader.feed("+OK\r\n", ignore));
  EXPECT_FALSE(reader.feed("", ignore));
}

TEST(RedisReplyReader, GivesTheRepliesBeforeTheNonsense) {
  const Outcome outcome = feed({"+OK\r\n:1\r\n?\r\n"});
  EXPECT_FALSE(outcome.sound);
  EXPECT_EQ(outcome.replies, (Texts{"\"OK\"", "1"}));
}

TEST(RedisReplyReader, BoundsTheSizeOfOneReplyToTheByte) {
  for (const auto& [wire, expected] : samples) {
    EXPECT_EQ(feed({wire, wire, wire + wire}, wire.size()).replies, Texts(4, expected)) << wire;
    EXPECT_FALSE(feed({wire}, wire.size() - 1).sound) << wire;
  }
}

TEST(RedisReplyReader, RefusesALineWithoutEndWhenItIsTooLong) {
  for (const char* type : {"+", "-", ":", "$", "*"}) {
    EXPECT_TRUE(feed({type, std::string(999, '1')}, 1000).sound) << type;
    EXPECT_FALSE(feed({type, std::string(1000, '1')}, 1000).sound) << type;
  }
}

TEST(RedisReplyReader, RefusesAnArrayThatCannotFitAtItsHeader) {
  EXPECT_FALSE(feed({"*2147483647\r\n"}).sound);
  EXPECT_FALSE(feed({"*9223372036854775807\r\n"}).sound);
  // The smallest value has three bytes.
  EXPECT_TRUE(feed({"*331\r\n"}, 1000).sound);
  EXPECT_FALSE(feed({"*332\r\n"}, 1000).sound);
  // The sizes of nested arrays add up.
  EXPECT_TRUE(feed({"*100\r\n*100\r\n*100\r\n"}, 1000).sound);
  EXPECT_FALSE(feed({"*120\r\n*120\r\n*120\r\n"}, 1000).sound);
  EXPECT_FALSE(feed({"*100\r\n+" + std::string(800, 'x') + "\r\n"}, 1000).sound);
}

TEST(RedisReplyReader, RefusesATextThatCannotFitAtItsHeader) {
  EXPECT_TRUE(feed({"$992\r\n"}, 1000).sound);
  EXPECT_FALSE(feed({"$993\r\n"}, 1000).sound);
  EXPECT_FALSE(feed({"$2147483647\r\n"}, 1000).sound);
  EXPECT_FALSE(feed({"$9223372036854775807\r\n"}, 1000).sound);
  EXPECT_FALSE(feed({"*100\r\n$800\r\n"}, 1000).sound);
}

TEST(RedisReplyReader, TakesMemoryForTheBytesThatArriveAndNotForALength) {
  const std::string deep = "*1000000000\r\n*1000000000\r\n*1000000000\r\n*1000000000\r\n:1\r\n";
  const std::string some(20, 'x');
  const std::string more(1'000'000, 'x');
  for (const std::string& wire :
       {"*1000000000\r\n" + deep, "*1000000000000000000\r\n" + deep, "$1000000000\r\n" + some,
        "$9223372036854775807\r\n" + some, "$1000000000\r\n" + more}) {
    const auto used = [] { return ::mallinfo2().uordblks + ::mallinfo2().hblkhd; };
    const std::size_t before = used();
    ReplyReader reader(SIZE_MAX);
    EXPECT_TRUE(reader.feed(wire, [](Reply&&) { FAIL(); }));
    EXPECT_LT(used(), before + 50'000 + 5 * wire.size()) << wire.substr(0, 40);
  }
}

std::string nested(std::size_t depth) {
  std::string wire;
  while (depth-- > 0) wire += "*1\r\n";
  return wire;
}

TEST(RedisReplyReader, BoundsNesting) {
  constexpr std::size_t most = ReplyReader::max_depth;
  EXPECT_EQ(feed({nested(most) + ":1\r\n"}).replies.size(), 1U);
  EXPECT_EQ(feed({nested(most - 1) + "*0\r\n"}).replies.size(), 1U);
  EXPECT_EQ(feed({nested(most) + "*-1\r\n"}).replies.size(), 1U);
  EXPECT_FALSE(feed({nested(most + 1)}).sound);
  EXPECT_FALSE(feed({nested(most) + "*0\r\n"}).sound);
  // An array that has ended does not count.
  const std::string two = "*2\r\n" + nested(most - 1) + ":1\r\n" + nested(most - 1) + ":2\r\n";
  EXPECT_EQ(feed({two, two}).replies.size(), 2U);
}

TEST(RedisReplyReader, RefusesAMillionHeaders) {
  const std::string wire = nested(1'000'000);
  EXPECT_FALSE(feed({wire}, wire.size() * 2).sound);
}

TEST(RedisReplyReader, ReadsAMillionArrays) {
  std::string wire = "*1000000\r\n";
  for (int i = 0; i < 1'000'000; ++i) wire += "*1\r\n:1\r\n";
  ReplyReader reader(wire.size());
  std::size_t count = 0;
  EXPECT_TRUE(reader.feed(wire, [&](Reply&& reply) { count = reply.array()->size(); }));
  EXPECT_EQ(count, 1'000'000U);
}

TEST(RedisReplyReader, ReadsABigReplyInPieces) {
  const std::string value(3'000'000, 'v');
  const std::string wire = "$3000000\r\n" + value + "\r\n+OK\r\n";
  ReplyReader reader(4'000'000);
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < wire.size(); i += 65'536) {
    ASSERT_TRUE(reader.feed(std::string_view(wire).substr(i, 65'536),
                            [&](Reply&& reply) { sizes.push_back(reply.string()->size()); }));
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{3'000'000, 2}));
}

// The test reaches its timeout if the reader looks at the earlier bytes again.
TEST(RedisReplyReader, ReadsLongValuesInSingleBytes) {
  const std::string value(4'000'000, 'v');
  const std::string wire = '+' + value + "\r\n$4000000\r\n" + value + "\r\n";
  ReplyReader reader(5'000'000);
  std::vector<std::size_t> sizes;
  for (const char& byte : wire) {
    ASSERT_TRUE(
        reader.feed({&byte, 1}, [&](Reply&& reply) { sizes.push_back(reply.string()->size()); }));
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>(2, 4'000'000)));
}

#ifndef __SANITIZE_ADDRESS__  // it ends the program
TEST(RedisReplyReader, RefusesAReplyThatFindsNoMemory) {
  const auto read = [] {
    const rlimit limit{256 << 20, 256 << 20};
    ::setrlimit(RLIMIT_AS, &limit);
    const std::string piece(1 << 20, 'x');
    ReplyReader reader(SIZE_MAX);
    bool sound = reader.feed("$1000000000\r\n", [](Reply&&) {});
    for (int i = 0; i < 900 && sound; ++i) sound = reader.feed(piece, [](Reply&&) {});
    std::exit(sound ? 1 : 0);
  };
  EXPECT_EXIT(read(), testing::ExitedWithCode(0), "");
}
#endif

}  // namespace
}  // namespace webtool::redis
