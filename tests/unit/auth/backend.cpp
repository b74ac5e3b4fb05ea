#include <webtool/auth/backend.hpp>
#include <webtool/auth/jwt_service.hpp>

#include <gtest/gtest.h>

#include <webtool/cache/in_memory_cache.hpp>

#include "support/fake_request.hpp"
#include "support/run.hpp"

namespace webtool::auth {
namespace {

using test::FakeRequest;

boost::system::error_code bearer_error(std::string_view header) {
  const auto token = parse_bearer(header);
  return token.has_error() ? token.error() : boost::system::error_code{};
}

TEST(ParseBearer, TakesAToken68AfterSpaces) {
  EXPECT_EQ(*parse_bearer("Bearer abc"), "abc");
  EXPECT_EQ(*parse_bearer("bearer abc"), "abc");
  EXPECT_EQ(*parse_bearer("Bearer  abc"), "abc");
  EXPECT_EQ(*parse_bearer("bEARER      a=="), "a==");
  EXPECT_EQ(*parse_bearer("BEARER a-Z0.9_~+/=="), "a-Z0.9_~+/==");
  for (const char* bad :
       {"Bearer", "Bearer ", "Bearer  ", "Bearer \tabc", "Bearer  abc ", "Bearer a b", "Bearer a,b",
        "Bearer =", "Bearer a=b", "Bearer \"abc\"", "Bearer a\tb", "Bearer \xc3\xa9"})
    EXPECT_EQ(bearer_error(bad), TokenError::malformed) << bad;
  EXPECT_EQ(bearer_error(std::string_view("Bearer a\0b", 10)), TokenError::malformed);
  for (const char* other :
       {"", " ", "Basic abc", "Bearerabc", "BearerX abc", " Bearer abc", "DPoP abc", "Bearer\tabc"})
    EXPECT_EQ(bearer_error(other), TokenError::no_credentials) << other;
}

class BackendTest : public testing::Test {
 protected:
  result<AuthData> ask(BaseBackend& backend) { return loop_.run(backend.authenticate(request_)); }

  FakeRequest request_;
  test::Loop loop_;
};

class JWTBackendTest : public BackendTest {
 protected:
  static JWTServiceOptions options() {
    JWTServiceOptions options;
    options.secret_key = "0123456789abcdef0123456789abcdef";
    return options;
  }
  cache::InMemoryCache cache_;
  JWTService service_{cache_, options()};
  JWTBackend backend_{service_};
};

TEST_F(JWTBackendTest, KnowsTheBearerOfAnAccessToken) {
  const auto pair = loop_.run(service_.create_token({"123"}));
  request_.headers = {{"authorization", "Bearer " + pair.access}};
  const auto auth = ask(backend_);
  ASSERT_TRUE(auth.has_value()) << auth.error();
  EXPECT_EQ(auth->identifier, "123");
  EXPECT_EQ(auth->scope, std::nullopt);
  EXPECT_TRUE(auth->extra.contains("jti"));
}

TEST_F(JWTBackendTest, SaysWhyNot) {
  EXPECT_EQ(ask(backend_).error(), TokenError::no_credentials);
  request_.headers = {{"authorization", "Basic abc"}};
  EXPECT_EQ(ask(backend_).error(), TokenError::no_credentials);
  request_.headers = {{"authorization", "Bearer a.b.c"}};
  EXPECT_EQ(ask(backend_).error(), TokenError::malformed);
  const auto pair = loop_.run(service_.create_token({"123"}));
  request_.headers = {{"authorization", "Bearer " + pair.refresh}};
  EXPECT_EQ(ask(backend_).error(), TokenError::wrong_type);
}

TEST_F(JWTBackendTest, TwoHeadersAreOneTooMany) {
  const auto pair = loop_.run(service_.create_token({"123"}));
  request_.headers = {{"authorization", "Bearer " + pair.access},
                      {"authorization", "Bearer " + pair.access}};
  EXPECT_EQ(ask(backend_).error(), TokenError::multiple_credentials);
}

TEST_F(BackendTest, IPBackendNamesTheAddressOrItsNetwork) {
  IPBackend backend;
  const auto identify = [&](const char* text) {
    request_.address = boost::asio::ip::make_address(text);
    return ask(backend)->identifier;
  };
  EXPECT_EQ(identify("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(identify("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(identify("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(identify("2001:db8:1:2:ffff::1"), "2001:db8:1:2::/64");
  EXPECT_EQ(identify("fe80::1%1"), "fe80::/64");
  EXPECT_EQ(identify("::1"), "::/64");
}

TEST_F(BackendTest, IPBackendSeesThroughTrustedProxies) {
  ClientAddressOptions options;
  options.trusted_proxies = {"10.0.0.0/8"};
  IPBackend backend{ClientAddress(options)};
  request_.address = boost::asio::ip::make_address("10.0.0.1");
  request_.headers = {{"x-forwarded-for", "198.51.100.1, 2001:db8:1:2:3:4:5:6"}};
  EXPECT_EQ(ask(backend)->identifier, "2001:db8:1:2::/64");
}

TEST_F(BackendTest, SessionBackendReadsOneCookie) {
  SessionBackend backend("sid");
  const auto with = [&](std::multimap<std::string, std::string> headers) {
    request_.headers = std::move(headers);
    return ask(backend);
  };
  EXPECT_EQ(with({{"cookie", "sid=abc"}})->identifier, "abc");
  EXPECT_EQ(with({{"cookie", "a=b; sid=abc; c=d"}})->identifier, "abc");
  EXPECT_EQ(with({}).error(), TokenError::no_credentials);
  EXPECT_EQ(with({{"cookie", "sid=a; sid=b"}}).error(), TokenError::multiple_credentials);
  EXPECT_EQ(with({{"cookie", "sid="}}).error(), TokenError::malformed);
  EXPECT_EQ(with({{"cookie", "sid=a b"}}).error(), TokenError::malformed);
  EXPECT_EQ(with({{"cookie", "sid=\"ab==\""}})->identifier, "ab==");  // RFC 6265 §4.1.1
  EXPECT_EQ(with({{"cookie", "sid=\"a\"b\""}}).error(), TokenError::malformed);
  EXPECT_EQ(with({{"cookie", "sid=\"\""}}).error(), TokenError::malformed);
  EXPECT_EQ(with({{"cookie", "sid=" + std::string(128, 'x')}})->identifier, std::string(128, 'x'));
  EXPECT_EQ(with({{"cookie", "sid=" + std::string(129, 'x')}}).error(), TokenError::malformed);
}

TEST_F(BackendTest, SessionBackendRefusesANameNoCookieCanHave) {
  for (const char* bad : {"", "a b", "a=b", "a;b", "a\n"})
    EXPECT_THROW(SessionBackend{bad}, std::invalid_argument) << bad;
}

}  // namespace
}  // namespace webtool::auth
