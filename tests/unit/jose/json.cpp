#include <webtool/jose/json.hpp>

#include <gtest/gtest.h>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <string>

namespace webtool::jose {
namespace {

std::string nested(int depth) {
  std::string text;
  for (int i = 1; i < depth; ++i) text += R"({"a":)";
  text += "{}";
  for (int i = 1; i < depth; ++i) text += '}';
  return text;
}

TEST(StrictJson, GivesTheObject) {
  const auto object =
      parse_strict_object(R"( {"a":1,"b":[true,null,-2,1.5,"x"],"c":{"a":18446744073709551615}} )");
  ASSERT_TRUE(object);
  EXPECT_EQ(boost::json::serialize(*object),
            R"({"a":1,"b":[true,null,-2,1.5E0,"x"],"c":{"a":18446744073709551615}})");
  EXPECT_TRUE(parse_strict_object("{}"));
}

TEST(StrictJson, UsesTheStorageGiven) {
  unsigned char memory[1024];
  boost::json::monotonic_resource storage(memory, sizeof memory);
  const auto object = parse_strict_object(R"({"a":{"b":1}})", &storage);
  ASSERT_TRUE(object);
  EXPECT_EQ(object->storage().get(), &storage);
}

TEST(StrictJson, J04_ObjectsOnly) {
  for (const auto* text : {"",
                           " ",
                           "[]",
                           "[{}]",
                           "1",
                           "null",
                           "true",
                           "\"{}\"",
                           "{",
                           "}",
                           "{}{}",
                           "{} x",
                           "{}\n,",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{'a':1}",
                           "{\"a\":01}",
                           "{\"a\":NaN}",
                           "{\"a\":Infinity}",
                           "{\"a\":1}//",
                           "/**/{}",
                           "{\"a\"}",
                           "{\"a\":\"\t\"}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\" 1}"}) {
    EXPECT_FALSE(parse_strict_object(text)) << text;
  }
  using std::string_literals::operator""s;
  EXPECT_FALSE(parse_strict_object("{}\0"s));
  EXPECT_FALSE(parse_strict_object("\0{}"s));
}

TEST(StrictJson, J04_Utf8WithoutByteOrderMark) {
  EXPECT_TRUE(parse_strict_object("{\"a\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}"));
  EXPECT_FALSE(parse_strict_object("\xef\xbb\xbf{}"));
  for (const auto* bad : {"\x80", "\xc3", "\xc0\xaf", "\xe2\x82", "\xed\xa0\x80",
                          "\xf5\x80\x80\x80", "\xf4\x90\x80\x80", "\xff"}) {
    EXPECT_FALSE(parse_strict_object("{\"a\":\"" + std::string(bad) + "\"}"));
    EXPECT_FALSE(parse_strict_object("{\"" + std::string(bad) + "\":1}"));
  }
  EXPECT_TRUE(parse_strict_object(R"({"a":"\ud83d\ude00"})"));
  EXPECT_FALSE(parse_strict_object(R"({"a":"\ud83d"})"));
  EXPECT_FALSE(parse_strict_object(R"({"a":"\ude00"})"));
}

TEST(StrictJson, J04_DepthIsCapped) {
  EXPECT_TRUE(parse_strict_object(nested(16)));
  EXPECT_FALSE(parse_strict_object(nested(17)));
  EXPECT_FALSE(parse_strict_object(R"({"a":)" + std::string(100'000, '[')));
}

TEST(StrictJson, NumbersThatNoDoubleHoldsAreRefused) {
  for (const auto* number :
       {"1e309", "-1e309", "1e400", "-1e400", "1E+309", "1.8e308", "17976931348623159e293",
        "1e99999", "1e999999999999", "NaN", "-NaN", "nan", "Infinity", "-Infinity", "inf"}) {
    for (const auto* around : {R"({"a":%})", R"({"a":[1,%]})", R"({"a":{"b":[{"c":%}]}})"}) {
      std::string text = around;
      text.replace(text.find('%'), 1, number);
      EXPECT_FALSE(parse_strict_object(text)) << text;
    }
  }
  // A 1 with 309 zeros.
  EXPECT_FALSE(parse_strict_object("{\"a\":1" + std::string(309, '0') + "}"));
  EXPECT_TRUE(parse_strict_object(R"({"a":1.7976931348623157e308,"b":-1.7e308,"c":1e-400})"));
}

// At every depth, and however the name is written.
TEST(StrictJson, J05_DuplicateMembersAreRefused) {
  for (const auto* text :
       {R"({"sub":"a","sub":"b"})", R"({"sub":"a","sub":"a"})", R"({"sub":1,"x":2,"s\u0075b":3})",
        R"({"a":{"b":1,"b":2}})", R"({"a":[{"b":1,"b":2}]})", R"({"a":[[1,{"b":{"c":1,"c":1}}]]})",
        R"({"":1,"":2})", R"({"a:b":1,"a:b":2})"}) {
    EXPECT_FALSE(parse_strict_object(text)) << text;
  }
}

TEST(StrictJson, J05_SameNameInOtherObjectsIsFine) {
  for (const auto* text : {R"({"a":{"a":1},"b":{"a":2}})", R"({"a":[{"a":1},{"a":1}]})",
                           R"({"a":":,\":","b":"\"a\":1,\"a\":2"})", R"({"sub":1,"Sub":2})"}) {
    EXPECT_TRUE(parse_strict_object(text)) << text;
  }
}

TEST(StrictJson, EveryTruncationIsRefused) {
  const std::string text = R"({"a":[1,-2.5e3,"x\u00e9\n"],"b":{"c":null,"d":true}})";
  ASSERT_TRUE(parse_strict_object(text));
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse_strict_object(text.substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace webtool::jose
