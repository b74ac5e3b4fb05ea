#include "redis/reply_reader.hpp"

#include <gtest/gtest.h>

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

TEST(RedisReplyReader, ReadsEveryKind) {
  EXPECT_EQ(feed({"+OK\r\n"}).replies, Texts{"\"OK\""});
  EXPECT_EQ(feed({"-ERR no\r\n"}).replies, Texts{"!ERR no"});
  EXPECT_EQ(feed({":-42\r\n"}).replies, Texts{"-42"});
  EXPECT_EQ(feed({":9223372036854775807\r\n"}).replies, Texts{"9223372036854775807"});
  EXPECT_EQ(feed({"$-1\r\n"}).replies, Texts{"nil"});
  EXPECT_EQ(feed({"*-1\r\n"}).replies, Texts{"nil"});
  EXPECT_EQ(feed({"$0\r\n\r\n"}).replies, Texts{"\"\""});
  EXPECT_EQ(feed({"$4\r\na\r\nb\r\n"}).replies, Texts{"\"a\r\nb\""});
  EXPECT_EQ(feed({"*0\r\n"}).replies, Texts{"[]"});
  EXPECT_EQ(feed({"*2\r\n*2\r\n:1\r\n-ERR x\r\n*1\r\n$-1\r\n"}).replies,
            Texts{"[[1 !ERR x ] [nil ] ]"});
}

constexpr std::string_view mixed =
    "+OK\r\n$5\r\nhello\r\n*3\r\n:1\r\n*2\r\n$2\r\n\r\n\r\n+s\r\n$-1\r\n-ERR x\r\n:7\r\n*0\r\n";

TEST(RedisReplyReader, TakesEverySplit) {
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
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < mixed.size(); ++i) bytes.push_back(mixed.substr(i, 1));
  EXPECT_EQ(feed(bytes).replies, whole);
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

TEST(RedisReplyReader, RefusesWhatIsNotResp) {
  for (const char* bytes : {"HTTP/1.1 400 Bad Request\r\n", "\r\n", "?\r\n", "*x\r\n", "$x\r\n",
                            "$-2\r\n", "*-2\r\n", "%1\r\n+a\r\n+b\r\n", "*1\r\n?\r\n"}) {
    EXPECT_FALSE(feed({bytes}).sound) << bytes;
  }
}

TEST(RedisReplyReader, StaysBroken) {
  ReplyReader reader(1000);
  const auto ignore = [](Reply&&) { FAIL(); };
  EXPECT_FALSE(reader.feed("?\r\n", ignore));
  EXPECT_FALSE(reader.feed("+OK\r\n", ignore));
}

TEST(RedisReplyReader, GivesTheRepliesBeforeTheNonsense) {
  const Outcome outcome = feed({"+OK\r\n:1\r\n?\r\n"});
  EXPECT_FALSE(outcome.sound);
  EXPECT_EQ(outcome.replies, (Texts{"\"OK\"", "1"}));
}

TEST(RedisReplyReader, RefusesAnArrayThatCannotFitAtItsHeader) {
  EXPECT_FALSE(feed({"*2147483647\r\n"}).sound);
  EXPECT_FALSE(feed({"*99999999999999999999\r\n"}).sound);
  EXPECT_FALSE(feed({"*300\r\n"}, 1000).sound);
  EXPECT_TRUE(feed({"*200\r\n"}, 1000).sound);
  // The sizes of nested arrays add up.
  EXPECT_FALSE(feed({"*100\r\n*100\r\n*100\r\n"}, 1000).sound);
}

TEST(RedisReplyReader, ABulkOfHostileLengthTakesNoMemoryBeforeItComes) {
  EXPECT_TRUE(feed({"$2147483647\r\nabc"}, 1000).sound);
  EXPECT_TRUE(feed({"$9223372036854775807\r\nabc"}, 1000).replies.empty());
}

TEST(RedisReplyReader, BoundsTheSizeOfOneReply) {
  const std::string fits = "$980\r\n" + std::string(980, 'x') + "\r\n";
  const std::string too_large = "$5000\r\n" + std::string(5000, 'x') + "\r\n";
  EXPECT_EQ(feed({fits, fits, fits}, 1000).replies.size(), 3U);
  EXPECT_FALSE(feed({std::string_view(too_large).substr(0, 2000)}, 1000).sound);
  EXPECT_FALSE(feed({too_large}, 1000).sound);
  EXPECT_TRUE(feed({fits, fits}, fits.size()).sound);
  EXPECT_FALSE(feed({fits}, fits.size() - 1).sound);
  // Many small items in one array.
  std::string endless = "*200\r\n";
  for (int i = 0; i < 150; ++i) endless += "$5\r\nhello\r\n";
  EXPECT_FALSE(feed({endless}, 1000).sound);
}

TEST(RedisReplyReader, BoundsNesting) {
  std::string deep;
  for (int i = 0; i < 7; ++i) deep += "*1\r\n";
  EXPECT_TRUE(feed({deep + ":1\r\n"}).sound);
  for (int i = 0; i < 1000; ++i) deep += "*1\r\n";
  EXPECT_FALSE(feed({deep}).sound);
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

}  // namespace
}  // namespace webtool::redis
