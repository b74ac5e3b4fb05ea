#include <webtool/http/request.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace webtool::http {
namespace {

TEST(Request, FindsHeaderFieldsInAnyLetterCaseAndByNumber) {
  const RequestParts parts{
      .fields = {{"Host", "h"}, {"Authorization", "1"}, {"AUTHORIZATION", "2"}}};
  const Request request(parts);
  EXPECT_EQ(request.header("authorization"), "1");
  EXPECT_EQ(request.header("Authorization", 1), "2");
  EXPECT_EQ(request.header("Authorization", 2), std::nullopt);
  EXPECT_EQ(request.header("Author"), std::nullopt);
}

TEST(Request, GivesTheParametersOfItsRoute) {
  const RequestParts parts{.parameters = {{"name", "a b"}}};
  const Request request(parts);
  EXPECT_EQ(request.parameter("name"), "a b");
  EXPECT_THROW((void)request.parameter("other"), std::invalid_argument);
}

TEST(Request, ReadsJsonStrictly) {
  RequestParts parts{.body = R"({"a": [1, "x"]})"};
  const Request request(parts);
  ASSERT_TRUE(request.json().has_value());
  EXPECT_EQ(request.json()->at("a").as_array().size(), 2u);
  for (const std::string_view bad :
       {"", "null", "[]", "1", "{", "{}{}", "{\"a\":1,\"a\":2}", "{\"a\":1,}", "\xef\xbb\xbf{}",
        "{'a':1}", "{\"a\":\"\xff\"}"}) {
    parts.body = bad;
    ASSERT_FALSE(request.json().has_value()) << bad;
    EXPECT_EQ(request.json().error(), boost::system::errc::invalid_argument);
  }
}

}  // namespace
}  // namespace webtool::http
