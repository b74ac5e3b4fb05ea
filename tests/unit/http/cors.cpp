#include <webtool/http/cors.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace webtool::http {
namespace {

using Fields = std::vector<RequestParts::Field>;

Response answer(const CorsOptions& options, Response response, Fields fields,
                std::string_view method = "GET") {
  const RequestParts parts{.method = method, .fields = std::move(fields)};
  cors(options)(Request(parts), response);
  return response;
}

TEST(Cors, LetsListedOriginsReadEveryAnswer) {
  const CorsOptions options{.origins = {"https://a.example", "http://localhost:3000"}};
  for (const unsigned status : {200u, 401u, 404u, 429u, 500u, 503u}) {
    const auto read = answer(options, problem(status), {{"Origin", "http://localhost:3000"}});
    EXPECT_EQ(read.status, status);
    EXPECT_EQ(read.header("Access-Control-Allow-Origin"), "http://localhost:3000");
    EXPECT_EQ(read.header("Access-Control-Expose-Headers"),
              "RateLimit-Policy, RateLimit, X-RateLimit-Limit, X-RateLimit-Remaining, "
              "X-RateLimit-Reset, Retry-After, WWW-Authenticate");
    EXPECT_EQ(read.header("Vary"), "Origin");
  }
}

TEST(Cors, LetsOthersReadNothing) {
  const CorsOptions options{.origins = {"https://a.example", "https://b.example"}};
  for (const std::string_view other :
       {"https://evil.example", "null", "http://a.example", "https://a.example:444",
        "https://a.example.evil", "https://A.example", "*", ""}) {
    const auto read = answer(options, Response(200), {{"Origin", other}});
    EXPECT_FALSE(read.header("Access-Control-Allow-Origin")) << other;
    EXPECT_EQ(read.header("Vary"), "Origin");
  }
  EXPECT_FALSE(answer(options, Response(200), {}).header("Access-Control-Allow-Origin"));
}

TEST(Cors, NamesTheOnlyOriginAlsoWhereTheRequestCouldNotBeRead) {
  const auto read = answer({.origins = {"https://a.example"}}, problem(431), {}, "");
  EXPECT_EQ(read.header("Access-Control-Allow-Origin"), "https://a.example");
}

TEST(Cors, AnswersPreflights) {
  const CorsOptions options{.origins = {"https://a.example"}, .credentials = true};
  const Fields fields{{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "PUT"}};
  auto read = answer(options, Response(204).set("Allow", "GET, PUT"), fields, "OPTIONS");
  EXPECT_EQ(read.header("Access-Control-Allow-Methods"), "GET, PUT");
  EXPECT_EQ(read.header("Access-Control-Allow-Headers"), "Authorization, Content-Type");
  EXPECT_EQ(read.header("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(read.header("Access-Control-Max-Age"), "600");
  read = answer(options, problem(404), fields, "OPTIONS");
  EXPECT_EQ(read.status, 204u);
  EXPECT_EQ(read.header("Access-Control-Allow-Methods"), "PUT");
  EXPECT_EQ(read.header("Vary"), "Origin");
  EXPECT_EQ(read.body, "");
}

TEST(Cors, KeepsWhatTheAnswerHas) {
  auto own = Response(200).set("Vary", "Accept").set("Access-Control-Expose-Headers", "X-Own");
  const auto read = answer({.origins = {"*"}, .expose = {"Retry-After"}}, std::move(own), {});
  EXPECT_EQ(read.header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(read.header("Access-Control-Expose-Headers"), "X-Own, Retry-After");
  EXPECT_EQ(read.header("Vary"), "Accept");
}

TEST(Cors, RefusesWhatBrowsersWouldNotUnderstand) {
  for (const std::string origin :
       {"", "a.example", "https://", "https://a.example/", "https://*.example", "null",
        "https://A.example", "https://a, https://b", "https://a.example\r\nX: y"})
    EXPECT_THROW((void)cors({.origins = {origin}}), std::invalid_argument) << origin;
  EXPECT_THROW((void)cors({}), std::invalid_argument);
  EXPECT_THROW((void)cors({.origins = {"*", "https://a.example"}}), std::invalid_argument);
  EXPECT_THROW((void)cors({.origins = {"*"}, .credentials = true}), std::invalid_argument);
  EXPECT_THROW((void)cors({.origins = {"*"}, .methods = {"GET, PUT"}}), std::invalid_argument);
  EXPECT_THROW((void)cors({.origins = {"*"}, .max_age = std::chrono::seconds(-1)}),
               std::invalid_argument);
}

}  // namespace
}  // namespace webtool::http
