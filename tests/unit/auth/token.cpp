#include <webtool/auth/token.hpp>

#include <webtool/auth/claims.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <type_traits>

namespace webtool::auth {
namespace {

template <class View, class From>
constexpr bool takes = std::is_convertible_v<From, View>;

TEST(Token, OneKindIsNotTakenForTheOther) {
  static_assert(takes<AccessTokenView, AccessToken>);
  static_assert(takes<AccessTokenView, const AccessToken&>);
  static_assert(takes<RefreshTokenView, RefreshToken&>);
  static_assert(!takes<AccessTokenView, RefreshToken>);
  static_assert(!takes<AccessTokenView, const RefreshToken&>);
  static_assert(!takes<AccessTokenView, RefreshToken&>);
  static_assert(!takes<RefreshTokenView, AccessToken>);
  static_assert(!takes<RefreshTokenView, const AccessToken&>);
  static_assert(!takes<RefreshTokenView, AccessTokenView>);
  static_assert(!takes<AccessTokenView, RefreshTokenView>);
  static_assert(!std::is_convertible_v<AccessToken, RefreshToken>);
  static_assert(!std::is_assignable_v<RefreshToken&, const AccessToken&>);
}

TEST(Token, TextFromOutsideIsTakenAsEitherKind) {
  const std::string text = "a.b.c";
  EXPECT_EQ(std::string_view(AccessTokenView(text)), text);
  EXPECT_EQ(std::string_view(AccessTokenView("a.b.c")), text);
  EXPECT_EQ(std::string_view(RefreshTokenView(std::string_view("a.b.c"))), text);
}

TEST(Token, IsAString) {
  const AccessToken token(std::string("a.b.c"));
  EXPECT_EQ("Bearer " + token, "Bearer a.b.c");
  EXPECT_EQ(token.size(), 5u);
}

TEST(Claims, OnlyWhatVerifiesTokensMakesThem) {
  const auto nobody = std::make_unique<Claims>();
  EXPECT_TRUE(nobody->sub.empty());
  static_assert(!std::is_constructible_v<Claims, ClaimsSet>);
  static_assert(!std::is_constructible_v<Claims, Grant>);
  static_assert(!std::is_convertible_v<ClaimsSet, Claims>);
  static_assert(!std::is_assignable_v<Claims&, ClaimsSet>);
  static_assert(std::is_convertible_v<Claims, Grant>);  // to ask for the same again
}

}  // namespace
}  // namespace webtool::auth
