#include <webtool/auth/auth_data.hpp>

#include <gtest/gtest.h>

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;

ClaimsSet documented() {
  ClaimsSet claims{Grant("123")};
  claims.exp = Timestamp(1732390689283897us);
  claims.iat = Timestamp(1732387089283897us);
  claims.jti = "1ab6ee829b984cb28ec9ffd535cdad42";
  return claims;
}

TEST(AuthData, HasTheDocumentedShape) {
  EXPECT_EQ(to_json(to_auth_data(documented())),
            R"({"identifier":"123","scope":null,"extra":{"exp":1732390689.283897,)"
            R"("iat":1732387089.283897,"jti":"1ab6ee829b984cb28ec9ffd535cdad42","extra":{}}})");
}

TEST(AuthData, ScopesAreAnArray) {
  auto claims = documented();
  claims.scope = Scope{};
  EXPECT_NE(to_json(to_auth_data(claims)).find(R"("scope":[])"), std::string::npos);
  claims.scope = Scope{"read", "write"};
  EXPECT_NE(to_json(to_auth_data(claims)).find(R"("scope":["read","write"])"), std::string::npos);
}

TEST(AuthData, TextsAreEscaped) {
  ClaimsSet claims{Grant("a\"\\\n\x01")};
  claims.extra["</script>"] = "\"";
  const auto json = to_json(to_auth_data(claims));
  EXPECT_NE(json.find(R"("identifier":"a\"\\\n\u0001")"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("</script>":"\"")"), std::string::npos) << json;
}

}  // namespace
}  // namespace webtool::auth
