#include <webtool/auth/token_ids.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
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

TEST(TokenIds, AnIssueKnowsItsMicrosecond) {
  using namespace std::chrono_literals;
  std::set<std::string> seen;
  for (const auto rest : {0us, 1us, 999'999us, 123'456us}) {
    for (const auto second : {Timestamp(0s), Timestamp(1'764'000'000s), Timestamp(-5s)}) {
      const auto issue = make_issue(second + rest);
      ASSERT_TRUE(split_jti(issue + issue)) << issue;
      ASSERT_TRUE(seen.insert(issue).second);
      EXPECT_EQ(issue_time(second, issue), second + rest);
      EXPECT_EQ(issue_time(second + 7us, issue), second + 7us) << "iat has a fraction";
    }
  }
  // Not a microsecond, as an older version may have made it, or no issue at all.
  for (const std::string_view issue : {"fffff00000000000", "f4240", "f423", "", "xyzzy", "-0001"})
    EXPECT_EQ(issue_time(Timestamp(5s), issue), Timestamp(5s)) << issue;
}

TEST(TokenIds, ThePairedIssueIsTheComplement) {
  EXPECT_EQ(paired_issue("0123456789abcdef"), "fedcba9876543210");
  const auto id = make_id();
  EXPECT_EQ(paired_issue(paired_issue(id)), id);
  EXPECT_NE(paired_issue(id), id);
}

}  // namespace
}  // namespace webtool::auth
