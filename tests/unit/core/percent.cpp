#include "core/percent.hpp"

#include <gtest/gtest.h>

namespace webtool {
namespace {

TEST(PercentDecode, TakesTwoHexDigitsOfEitherCase) {
  EXPECT_EQ(percent_decode("a%2Fb%2f%C3%A9"), "a/b/\xc3\xa9");
  EXPECT_EQ(percent_decode("%00"), std::string(1, '\0'));
  EXPECT_EQ(percent_decode("%25%32%46"), "%2F");  // once, not again
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode(""), "");
}

TEST(PercentDecode, RefusesWhatIsCutShort) {
  for (const std::string_view bad : {"%", "%a", "a%", "a%f", "%%41", "%+1", "%-1", "% 1", "%1 "}) {
    EXPECT_EQ(percent_decode(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace webtool
