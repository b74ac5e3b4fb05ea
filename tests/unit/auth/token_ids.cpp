#include <webtool/auth/token_ids.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace webtool::auth {
namespace {

TEST(TokenIds, AreRandomHex) {
  std::set<std::string> seen;
  std::string digits;
  for (int i = 0; i < 1000; ++i) {
    const auto id = make_id();
    ASSERT_EQ(id.size(), 16u);
    ASSERT_TRUE(split_jti(id + id));
    ASSERT_TRUE(seen.insert(id).second);
    digits += id;
  }
  for (const char digit : std::string("0123456789abcdef"))
    EXPECT_GT(std::count(digits.begin(), digits.end(), digit), 700) << digit;
}

TEST(TokenIds, AJtiIsSessionAndIssue) {
  const auto ids = split_jti("0123456789abcdeffedcba9876543210");
  ASSERT_TRUE(ids);
  EXPECT_EQ(ids->session, "0123456789abcdef");
  EXPECT_EQ(ids->issue, "fedcba9876543210");
  for (const std::string& bad :
       {std::string(), std::string("x"), std::string(31, '0'), std::string(33, '0'),
        std::string(32, 'A'), std::string(32, 'g'), std::string(32, '\0')})
    EXPECT_FALSE(split_jti(bad)) << bad;
}

TEST(TokenIds, ThePairedIssueIsTheComplement) {
  EXPECT_EQ(paired_issue("0123456789abcdef"), "fedcba9876543210");
  const auto id = make_id();
  EXPECT_EQ(paired_issue(paired_issue(id)), id);
  EXPECT_NE(paired_issue(id), id);
}

}  // namespace
}  // namespace webtool::auth
