#include "auth/cookies.hpp"

#include <webtool/jose/error.hpp>

#include <gtest/gtest.h>

#include <vector>

#include "support/fake_request.hpp"

namespace webtool::auth {
namespace {

using jose::TokenError;

class FindCookie : public testing::Test {
 protected:
  result<std::string_view> find(const std::vector<std::string>& lines) {
    request_.headers.clear();
    for (const auto& line : lines) request_.headers.emplace("cookie", line);
    return find_cookie(request_, "sid");
  }
  boost::system::error_code error(const std::vector<std::string>& lines) {
    const auto found = find(lines);
    return found.has_error() ? found.error() : boost::system::error_code{};
  }

  test::FakeRequest request_;
};

TEST_F(FindCookie, FindsTheOneOfThatName) {
  EXPECT_EQ(*find({"sid=abc"}), "abc");
  EXPECT_EQ(*find({"a=b; sid=abc; c=d"}), "abc");
  EXPECT_EQ(*find({"a=b;sid=abc;c=d"}), "abc");
  EXPECT_EQ(*find({"a=b; \t sid=abc"}), "abc");
  EXPECT_EQ(*find({"a=b", "sid=abc", "c=d"}), "abc");
  EXPECT_EQ(*find({"", ";;", "sid=abc;"}), "abc");
}

TEST_F(FindCookie, TakesNoOtherForIt) {
  for (const char* line : {"", ";;; ;=;", "sid", "sid;", "=sid", "xsid=abc", "sidx=abc", "SID=abc",
                           "sid =abc", "x=sid=abc", "x=\"sid=abc\"", "s; id=abc"})
    EXPECT_EQ(error({line}), TokenError::no_credentials) << line;
  EXPECT_EQ(error({}), TokenError::no_credentials);
}

TEST_F(FindCookie, IsNotPutOffByMalformedNeighbours) {
  EXPECT_EQ(*find({"x=a=b; sid=fix"}), "fix");
  EXPECT_EQ(*find({"novalue; sid=fix; \"quo=te"}), "fix");
  EXPECT_EQ(*find({std::string("\0\xff=\x01; sid=fix", 13)}), "fix");
}

TEST_F(FindCookie, LeavesTheValueToOthers) {
  EXPECT_EQ(*find({"sid="}), "");
  EXPECT_EQ(*find({"sid=a=b"}), "a=b");
  EXPECT_EQ(*find({"sid=\"a\" "}), "\"a\" ");
  EXPECT_EQ(*find({"sid=\"a"}), "\"a");
  EXPECT_EQ(*find({"sid=a\""}), "a\"");
  EXPECT_EQ(*find({"sid=\""}), "\"");
}

TEST_F(FindCookie, TakesAValueOutOfItsQuotes) {
  EXPECT_EQ(*find({"sid=\"ab==\""}), "ab==");
  EXPECT_EQ(*find({"a=\"b\"; sid=\"ab\"; c=d"}), "ab");
  EXPECT_EQ(*find({"sid=\"\""}), "");
  EXPECT_EQ(*find({"sid=\"\"a\"\""}), "\"a\"");  // one pair, and no cookie has quotes in it
  EXPECT_EQ(error({"sid=\"a\"; sid=a"}), TokenError::multiple_credentials);
}

TEST_F(FindCookie, CannotTellWhichOfTwo) {
  EXPECT_EQ(error({"sid=a; sid=b"}), TokenError::multiple_credentials);
  EXPECT_EQ(error({"sid=a; sid=a"}), TokenError::multiple_credentials);
  EXPECT_EQ(error({"sid=a", "x=y; sid=a"}), TokenError::multiple_credentials);
}

TEST_F(FindCookie, LooksAt256CookiesAndGuessesNothingAboutMore) {
  std::string many = "sid=abc";
  for (int i = 1; i < 256; ++i) many += "; a=b";
  EXPECT_EQ(*find({many}), "abc");
  EXPECT_EQ(error({many + "; a=b"}), TokenError::too_large);
  EXPECT_EQ(error({many, ""}), TokenError::too_large);
  EXPECT_EQ(error(std::vector<std::string>(257)), TokenError::too_large);
  EXPECT_EQ(error({std::string(100'000, ';')}), TokenError::too_large);
}

TEST(CookieText, NamesAreTokens) {
  for (const char* good : {"a", "th-session", "__Host-id", "!#$%&'*+-.^_`|~09"})
    EXPECT_TRUE(is_cookie_name(good)) << good;
  for (const char* bad : {"", "a b", "a=b", "a;b", "a,b", "a\n", "a\x7f", "\xc3\xa9", "\"a\""})
    EXPECT_FALSE(is_cookie_name(bad)) << bad;
}

TEST(CookieText, ValuesAreCookieOctets) {
  for (const char* good : {"a", "a=b", "!#$%&'()*+-./:<=>?@[]^_`{|}~"})
    EXPECT_TRUE(is_cookie_value(good)) << good;
  for (const char* bad : {"", "a b", "a\"", "a,b", "a;b", "a\\", "a\t", "a\x7f", "\xc3\xa9"})
    EXPECT_FALSE(is_cookie_value(bad)) << bad;
}

}  // namespace
}  // namespace webtool::auth
