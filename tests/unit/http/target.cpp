#include "http/target.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace webtool::http {
namespace {

RequestParts split(std::string_view target, std::string_view method = "GET") {
  RequestParts parts{.method = method};
  EXPECT_TRUE(split_target(target, parts)) << target;
  return parts;
}

TEST(Target, IsSplitAtTheFirstQuestionMark) {
  EXPECT_EQ(split("/").path, "/");
  EXPECT_EQ(split("/").query, "");
  EXPECT_EQ(split("/a/b/").path, "/a/b/");
  EXPECT_EQ(split("/a?b=c?d").path, "/a");
  EXPECT_EQ(split("/a?b=c?d").query, "b=c?d");
  EXPECT_EQ(split("/a?").query, "");
}

TEST(Target, IsNotNormalised) {
  EXPECT_EQ(split("/a/../b//c/.").path, "/a/../b//c/.");
  EXPECT_EQ(split("/%61").path, "/%61");
}

TEST(Target, InAbsoluteFormLeavesItsOrigin) {
  EXPECT_EQ(split("http://example.com/a?b").path, "/a");
  EXPECT_EQ(split("http://example.com/a?b").query, "b");
  EXPECT_EQ(split("HTTPS://[::1]:8000/a").path, "/a");
  EXPECT_EQ(split("http://example.com").path, "/");
  EXPECT_EQ(split("http://example.com?b").path, "/");
  EXPECT_EQ(split("http://example.com?b").query, "b");
}

TEST(Target, OfAnAsteriskIsForOptionsAlone) {
  EXPECT_EQ(split("*", "OPTIONS").path, "*");
  RequestParts parts{.method = "GET"};
  EXPECT_FALSE(split_target("*", parts));
}

TEST(Target, IsRefused) {
  for (const std::string_view bad : {"",
                                     "a",
                                     "example.com:443",
                                     "http:/a",
                                     "http://",
                                     "http:///a",
                                     "http://user@host/a",
                                     "ftp://example.com/a",
                                     "/a#b",
                                     "/%",
                                     "/%1",
                                     "/%g0",
                                     "/%0g",
                                     "/a?%",
                                     "/a?b=%zz",
                                     "/\x80",
                                     "/a b",
                                     "/\x7f",
                                     "/\t",
                                     "//%2"}) {
    RequestParts parts{.method = "GET"};
    EXPECT_FALSE(split_target(bad, parts)) << bad;
  }
  RequestParts parts{.method = "GET"};
  EXPECT_FALSE(split_target(std::string_view("/a\0b", 4), parts));
}

TEST(Query, GivesTheFirstValueOfAName) {
  EXPECT_EQ(find_in_query("a=1&b=2&a=3", "a"), "1");
  EXPECT_EQ(find_in_query("a=1&b=2&a=3", "b"), "2");
  EXPECT_EQ(find_in_query("a=1", "A"), std::nullopt);
  EXPECT_EQ(find_in_query("", "a"), std::nullopt);
  EXPECT_EQ(find_in_query("aa=1", "a"), std::nullopt);
}

TEST(Query, MayHaveBareNamesAndEmptyPairs) {
  EXPECT_EQ(find_in_query("&&a&b=&c==d&", "a"), "");
  EXPECT_EQ(find_in_query("&&a&b=&c==d&", "b"), "");
  EXPECT_EQ(find_in_query("&&a&b=&c==d&", "c"), "=d");
  EXPECT_EQ(find_in_query("&&", ""), std::nullopt);
  EXPECT_EQ(find_in_query("=x", ""), "x");
}

TEST(Query, IsDecodedInNamesAndValues) {
  EXPECT_EQ(find_in_query("scope=a+b%20c", "scope"), "a b c");
  EXPECT_EQ(find_in_query("sc%6Fpe=x%26y%3Dz", "scope"), "x&y=z");
}

}  // namespace
}  // namespace webtool::http
