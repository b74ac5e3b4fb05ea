#include <webtool/http/request.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace webtool::http {
namespace {

TEST(Form, ReadsWhatBrowsersSend) {
  const auto form = parse_form("user=a+b&pass=%C3%A9%26%3D&empty=&bare&&x=1=2");
  ASSERT_TRUE(form.has_value());
  EXPECT_EQ(form->fields.size(), 5u);
  EXPECT_EQ(form->get("user"), "a b");
  EXPECT_EQ(form->get("pass"), "\xc3\xa9&=");
  EXPECT_EQ(form->get("empty"), "");
  EXPECT_EQ(form->get("bare"), "");
  EXPECT_EQ(form->get("x"), "1=2");
  EXPECT_EQ(form->get("User"), std::nullopt);
  EXPECT_TRUE(parse_form("")->fields.empty());
}

TEST(Form, BelievesNoneOfTwoFieldsOfOneName) {
  const auto form = parse_form("a=1&b=2&%61=3");
  EXPECT_EQ(form->get("a"), std::nullopt);
  EXPECT_EQ(form->get("b"), "2");
  EXPECT_EQ(form->fields[2].value, "3");
}

TEST(Form, RefusesBadPercentsAndTooManyFields) {
  for (const std::string_view bad : {"a=%", "a=%4", "a=%zz", "%=1", "a=1&b=%G0", "a=%%41"})
    EXPECT_FALSE(parse_form(bad).has_value()) << bad;
  std::string many;
  for (std::size_t i = 0; i < Form::max_fields; ++i) many += "a=1&";
  EXPECT_TRUE(parse_form(many).has_value());
  EXPECT_FALSE(parse_form(many + "b").has_value());
}

bool is_read(std::vector<RequestParts::Field> fields) {
  const RequestParts parts{.fields = std::move(fields), .body = "a=1"};
  return Request(parts).form().has_value();
}

TEST(Form, IsWhatTheContentTypeSays) {
  EXPECT_TRUE(is_read({{"Content-Type", "application/x-www-form-urlencoded"}}));
  EXPECT_TRUE(is_read({{"content-type", "Application/X-WWW-Form-Urlencoded ; charset=UTF-8"}}));
  EXPECT_FALSE(is_read({}));
  for (const std::string_view other :
       {"", "application/json", "multipart/form-data; boundary=x", "text/plain",
        "application/x-www-form-urlencodedx", "x; application/x-www-form-urlencoded"})
    EXPECT_FALSE(is_read({{"Content-Type", other}})) << other;
  EXPECT_FALSE(is_read({{"Content-Type", "application/x-www-form-urlencoded"},
                        {"Content-Type", "application/json"}}));
}

}  // namespace
}  // namespace webtool::http
