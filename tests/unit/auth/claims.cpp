#include <webtool/auth/claims.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;

std::string payload(const std::string& more) {
  return R"({"sub":"123","exp":1700003600,"iat":1700000000,"jti":"j")" + more + "}";
}

boost::system::error_code error_of(const std::string& json) {
  const auto claims = parse_claims(json);
  return claims.has_error() ? claims.error() : boost::system::error_code{};
}

ClaimsSet sample() {
  ClaimsSet claims{Grant("123", Scope{"read", "write"}, {{"name", "Zoë \"Z\""}, {"n", 1.5}})};
  claims.exp = Timestamp(1732390689283897us);
  claims.iat = Timestamp(1732387089000000us);
  claims.jti = "1ab6ee829b984cb28ec9ffd535cdad42";
  return claims;
}

TEST(Claims, RoundTrip) {
  auto claims = sample();
  claims.iss = "https://issuer.example";
  claims.aud = {"one", "two"};
  claims.nbf = claims.iat;
  const auto parsed = parse_claims(to_json(claims));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->sub, claims.sub);
  EXPECT_EQ(parsed->scope, claims.scope);
  EXPECT_EQ(parsed->extra, claims.extra);
  EXPECT_EQ(parsed->exp, claims.exp);
  EXPECT_EQ(parsed->iat, claims.iat);
  EXPECT_EQ(parsed->jti, claims.jti);
  EXPECT_EQ(parsed->iss, claims.iss);
  EXPECT_EQ(parsed->aud, claims.aud);
  EXPECT_EQ(parsed->nbf, claims.nbf);
}

TEST(Claims, TimesArePlainDecimals) {
  EXPECT_EQ(to_json(sample()), R"({"sub":"123","exp":1732390689.283897,"iat":1732387089,)"
                               R"("jti":"1ab6ee829b984cb28ec9ffd535cdad42","scope":"read write",)"
                               R"("extra":{"name":"Zoë \"Z\"","n":1.5}})");
  auto claims = sample();
  claims.exp = Timestamp(1732390689000120us);
  EXPECT_NE(to_json(claims).find("1732390689.00012,"), std::string::npos);
}

TEST(Claims, EveryMicrosecondSurvives) {
  auto claims = sample();
  for (long micro = 0; micro < 1'000'000; micro += 997) {
    claims.exp = Timestamp(std::chrono::microseconds(1732390689'000000 + micro));
    ASSERT_EQ(parse_claims(to_json(claims))->exp, claims.exp) << micro;
  }
  // Up to 2^33 seconds, in the year 2242, doubles are less than a microsecond apart.
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    claims.exp = Timestamp(std::chrono::microseconds(random() % 8'589'934'592'000'000));
    ASSERT_EQ(parse_claims(to_json(claims))->exp, claims.exp) << to_json(claims);
  }
}

TEST(Claims, RequiredOnesAreRequired) {
  EXPECT_FALSE(error_of(payload("")));
  EXPECT_EQ(error_of("{}"), TokenError::invalid_claims);
  EXPECT_EQ(error_of(R"({"exp":1,"iat":1,"jti":"j"})"), TokenError::invalid_claims);
  EXPECT_EQ(error_of(R"({"sub":"1","iat":1,"jti":"j"})"), TokenError::invalid_claims);
  EXPECT_EQ(error_of(R"({"sub":"1","exp":1,"jti":"j"})"), TokenError::invalid_claims);
  EXPECT_EQ(error_of(R"({"sub":"1","exp":1,"iat":1})"), TokenError::invalid_claims);
}

TEST(Claims, TimesMustBeSaneNumbers) {
  const auto with_exp = [](const std::string& exp) {
    return error_of(R"({"sub":"1","exp":)" + exp + R"(,"iat":1,"jti":"j"})");
  };
  for (const char* good : {"1", "1.5", "0", "17e8", "9007199254"})
    EXPECT_FALSE(with_exp(good)) << good;
  for (const char* bad : {"\"1700000000\"", "true", "null", "-1", "-0.5", "9007199255", "1e30",
                          "18446744073709551615", "[]", "{}"})
    EXPECT_EQ(with_exp(bad), TokenError::invalid_claims) << bad;
  for (const char* bad : {"1e999", "NaN", "Infinity", "-Infinity", "01", "1."})
    EXPECT_TRUE(with_exp(bad)) << bad;
}

TEST(Claims, SubIsANonEmptyTextOfAtMost255Bytes) {
  const auto with_sub = [](const std::string& sub) {
    return error_of(R"({"sub":)" + sub + R"(,"exp":1,"iat":1,"jti":"j"})");
  };
  EXPECT_FALSE(with_sub('"' + std::string(255, 'x') + '"'));
  EXPECT_EQ(with_sub('"' + std::string(256, 'x') + '"'), TokenError::invalid_claims);
  for (const char* bad : {"\"\"", "123", "null", "[\"123\"]"})
    EXPECT_EQ(with_sub(bad), TokenError::invalid_claims) << bad;
}

TEST(Claims, DuplicatesAreRefusedAtEveryDepth) {
  EXPECT_EQ(error_of(payload(R"(,"sub":"456")")), TokenError::malformed);
  EXPECT_EQ(error_of(payload(R"(,"s\u0075b":"456")")), TokenError::malformed);
  EXPECT_EQ(error_of(payload(R"(,"extra":{"a":1,"a":2})")), TokenError::malformed);
  EXPECT_EQ(error_of(payload(R"(,"other":[{"a":1,"a":2}])")), TokenError::malformed);
}

TEST(Claims, MustBeOneJsonObject) {
  for (const char* bad : {"", "[]", "\"x\"", "1", "null", "{", "{}x", "{} {}", "\xef\xbb\xbf{}",
                          "{\"a\":\"\xff\"}", "{a:1}", "{'a':1}", "{\"a\":1,}", "// c\n{}"})
    EXPECT_EQ(error_of(bad), TokenError::malformed) << bad;
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
  EXPECT_EQ(error_of(deep), TokenError::malformed);
}

TEST(Claims, ScopeIsTextOrArray) {
  EXPECT_EQ(parse_claims(payload(R"(,"scope":"read write")"))->scope, (Scope{"read", "write"}));
  EXPECT_EQ(parse_claims(payload(R"(,"scope":["read","write"])"))->scope, (Scope{"read", "write"}));
  EXPECT_EQ(parse_claims(payload(R"(,"scope":"")"))->scope, Scope{});
  EXPECT_EQ(parse_claims(payload(R"(,"scope":[])"))->scope, Scope{});
  EXPECT_EQ(parse_claims(payload(R"(,"scope":null)"))->scope, std::nullopt);
  EXPECT_EQ(parse_claims(payload(""))->scope, std::nullopt);
  for (const char* bad : {"1", "{}", "[1]", "[\"a b\"]", "[\"\"]", "true"})
    EXPECT_EQ(error_of(payload(std::string(",\"scope\":") + bad)), TokenError::invalid_claims)
        << bad;
}

TEST(Claims, AudienceIsTextOrArrayOfTexts) {
  EXPECT_EQ(parse_claims(payload(R"(,"aud":"a")"))->aud, (std::vector<std::string>{"a"}));
  EXPECT_EQ(parse_claims(payload(R"(,"aud":["a","b"])"))->aud,
            (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(error_of(payload(R"(,"aud":1)")), TokenError::invalid_claims);
  EXPECT_EQ(error_of(payload(R"(,"aud":["a",1])")), TokenError::invalid_claims);
}

TEST(Claims, OtherKnownClaimsHaveTheirTypes) {
  EXPECT_EQ(error_of(payload(R"(,"iss":1)")), TokenError::invalid_claims);
  EXPECT_EQ(error_of(payload(R"(,"nbf":"1")")), TokenError::invalid_claims);
  EXPECT_EQ(error_of(payload(R"(,"extra":[])")), TokenError::invalid_claims);
  EXPECT_EQ(error_of(payload(R"(,"extra":"x")")), TokenError::invalid_claims);
  EXPECT_FALSE(error_of(payload(R"(,"unknown":[1,{"a":null}])")));
}

TEST(Claims, WhatCannotBeSignedIsRefused) {
  const auto refuses = [](const Grant& claims) {
    EXPECT_THROW(check_grant(claims), std::invalid_argument);
  };
  EXPECT_NO_THROW(check_grant(sample()));
  refuses(Grant());
  refuses(Grant("\xc3"));
  refuses(Grant("1", Scope{"a\"b"}));
  refuses(Grant("1", Scope{"a\\b"}));
  refuses(Grant("1", Scope{"a\tb"}));
  refuses(Grant("1", {}, {{"x", std::numeric_limits<double>::infinity()}}));
  refuses(Grant("1", {}, {{"x", std::numeric_limits<double>::quiet_NaN()}}));
  refuses(Grant("1", {}, {{"x", "\xff"}}));
  boost::json::value deep = 1;
  for (int i = 0; i < 20; ++i) deep = boost::json::array{deep};
  refuses(Grant("1", {}, {{"x", deep}}));
}

TEST(Claims, ThoseOfTheApplicationsOwnNamesAreKept) {
  auto claims = sample();
  claims.private_claims = {
      {"role", "admin"}, {"a \"b\"", {{"deep", {1, 2.5, nullptr}}}}, {"", true}};
  const auto parsed = parse_claims(to_json(claims));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->private_claims, claims.private_claims);
  EXPECT_EQ(parsed->extra, claims.extra);
  EXPECT_NO_THROW(check_grant(claims));
  // Reserved names are neither parsed into private_claims nor accepted there.
  const auto known = parse_claims(payload(R"(,"scope":"a","extra":{},"iss":"i","typ":"x","x":1)"));
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(known->private_claims, (boost::json::object{{"x", 1}}));
  for (const char* name :
       {"sub", "scope", "extra", "exp", "iat", "nbf", "jti", "iss", "aud", "typ"}) {
    claims.private_claims = {{name, "x"}};
    EXPECT_THROW(check_grant(claims), std::invalid_argument) << name;
  }
  claims.private_claims = {{"x", std::numeric_limits<double>::infinity()}};
  EXPECT_THROW(check_grant(claims), std::invalid_argument);
  claims.private_claims = {{"x", "\xff"}};
  EXPECT_THROW(check_grant(claims), std::invalid_argument);
}

TEST(Claims, IncludesComparesWholeScopes) {  // Not characters
  EXPECT_TRUE(includes(Scope{"read", "write"}, {"write"}));
  EXPECT_TRUE(includes(Scope{}, {}));
  EXPECT_FALSE(includes(Scope{"read"}, {"rea"}));
  EXPECT_FALSE(includes(Scope{"read"}, {"read", "write"}));
  EXPECT_FALSE(includes(std::nullopt, {"read"}));
}

TEST(Claims, SplitScopeKnowsOnlyWords) {
  EXPECT_EQ(split_scope("a b"), (Scope{"a", "b"}));
  EXPECT_EQ(split_scope("  a   b "), (Scope{"a", "b"}));
  EXPECT_EQ(split_scope(""), Scope{});
}

}  // namespace
}  // namespace webtool::auth
