#include <webtool/http/response.hpp>

#include <gtest/gtest.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

#include "http/render.hpp"

namespace webtool::http {
namespace {

std::string rendered(const Response& response, RenderOptions options = {}) {
  options.date = "now";
  std::string out;
  render(response, options, out);
  return out;
}

TEST(Response, IsRenderedWithItsLength) {
  EXPECT_EQ(rendered(Response(200, "hello").set("X-One", "1")),
            "HTTP/1.1 200 OK\r\nDate: now\r\nX-One: 1\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(rendered(Response(201)),
            "HTTP/1.1 201 Created\r\nDate: now\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(rendered(Response(299)), "HTTP/1.1 299 \r\nDate: now\r\nContent-Length: 0\r\n\r\n");
}

TEST(Response, ToHeadHasTheLengthButNotTheBody) {
  EXPECT_EQ(rendered(Response(200, "hello"), {.is_head = true}),
            "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 5\r\n\r\n");
}

TEST(Response, OfNoContentHasNeither) {
  EXPECT_EQ(rendered(Response(204, "x")), "HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n");
  EXPECT_EQ(rendered(Response(304, "x")), "HTTP/1.1 304 Not Modified\r\nDate: now\r\n\r\n");
}

TEST(Response, SaysHowTheConnectionGoesOn) {
  EXPECT_NE(rendered(Response(), {.keep_alive = false}).find("\r\nConnection: close\r\n"),
            std::string::npos);
  EXPECT_NE(rendered(Response(), {.say_keep_alive = true}).find("\r\nConnection: keep-alive\r\n"),
            std::string::npos);
  const auto closing = rendered(Response(), {.keep_alive = false, .say_keep_alive = true});
  EXPECT_EQ(closing.find("keep-alive"), std::string::npos);
}

TEST(Response, AppendsToWhatIsThere) {
  std::string out = "before";
  render(Response(204), {.date = "now"}, out);
  EXPECT_EQ(out, "beforeHTTP/1.1 204 No Content\r\nDate: now\r\n\r\n");
}

TEST(ResponseFields, AreReplacedBySetAndKeptByAdd) {
  Response response;
  response.add("Set-Cookie", "a").add("set-cookie", "b").set("X", "1").set("x", "2");
  ASSERT_EQ(response.fields().size(), 3u);
  EXPECT_EQ(response.fields()[0].value, "a");
  EXPECT_EQ(response.fields()[1].value, "b");
  EXPECT_EQ(response.header("X"), "2");
  EXPECT_EQ(response.header("SET-COOKIE"), "a");
  EXPECT_EQ(response.header("Y"), std::nullopt);
}

TEST(ResponseFields, CannotCarryALineBreak) {
  const std::string nul("a\0b", 3);
  for (const std::string_view bad :
       {std::string_view("a\r\nX: y"), std::string_view("a\n"), std::string_view("\r"),
        std::string_view("a\x7f"), std::string_view("\x1b[2J"), std::string_view(nul)}) {
    EXPECT_THROW(Response().set("X", bad), std::invalid_argument);
    EXPECT_THROW(Response().add("X", bad), std::invalid_argument);
  }
  EXPECT_NO_THROW(Response().set("X", "tab\tand \xc3\xa9"));
  EXPECT_NO_THROW(Response().set("X", ""));
}

TEST(ResponseFields, HaveTokensAsNames) {
  for (const std::string_view bad : {"", "a b", "a:", "a\r\n", "\xc3\xa9", "(a)"}) {
    EXPECT_THROW(Response().set(bad, "x"), std::invalid_argument) << bad;
  }
}

TEST(ResponseFields, ThatFrameTheMessageAreTheServers) {
  for (const std::string_view own : {"Content-Length", "transfer-encoding", "CONNECTION", "Date"}) {
    EXPECT_THROW(Response().set(own, "x"), std::invalid_argument) << own;
  }
}

TEST(Json, TakesTextAsItIsAndSerialisesValues) {
  EXPECT_EQ(json(200, std::string("{ }")).body, "{ }");
  EXPECT_EQ(json(200, {{"a", 1}}).body, R"({"a":1})");
  EXPECT_EQ(json(200, boost::json::object{{"a", nullptr}}).body, R"({"a":null})");
  const std::string x = "x", y = "y";
  EXPECT_EQ(json(200, {x, y}).body, R"(["x","y"])");
  EXPECT_EQ(json(200, {{"a", 1}}).header("Content-Type"), "application/json");
}

TEST(Problem, IsAsRfc9457HasIt) {
  const auto response = problem(404);
  EXPECT_EQ(response.status, 404u);
  EXPECT_EQ(response.header("Content-Type"), "application/problem+json");
  EXPECT_EQ(response.header("Cache-Control"), "no-store");
  EXPECT_EQ(response.body, R"({"title":"Not Found","status":404})");
  const auto body = boost::json::parse(problem(400, "Bad \"name\"", "not\nthis").body).as_object();
  EXPECT_EQ(body.at("title"), "Bad \"name\"");
  EXPECT_EQ(body.at("status"), 400);
  EXPECT_EQ(body.at("detail"), "not\nthis");
}

TEST(HttpDate, IsAnImfFixdate) {
  using namespace std::chrono_literals;
  const std::chrono::sys_seconds time = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6);
  EXPECT_EQ(http_date(time + 8h + 49min + 37s), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(std::chrono::sys_days(std::chrono::year(2024) / 2 / 29)),
            "Thu, 29 Feb 2024 00:00:00 GMT");
}

TEST(Response, TakesEveryTextForJsonAlready) {
  const std::string_view view = R"({"a":1})";
  const std::string text(view);
  const char* pointer = text.c_str();
  EXPECT_EQ(json(200, R"({"a":1})").body, view);
  EXPECT_EQ(json(200, view).body, view);
  EXPECT_EQ(json(200, text).body, view);
  EXPECT_EQ(json(200, pointer).body, view);
  EXPECT_EQ(json(200, boost::json::value("text")).body, "\"text\"");
  EXPECT_EQ(json(200, boost::json::string("text")).body, "\"text\"");
  EXPECT_EQ(json(200, "{}").header("Content-Type"), "application/json");
}

}  // namespace
}  // namespace webtool::http
