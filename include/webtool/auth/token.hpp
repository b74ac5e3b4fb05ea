// The text of a token, with its kind in the type: code that swaps an access and a refresh token
// does not compile. Text from outside, such as a header's value, is accepted as either kind. Its
// kind is checked when the token is decoded.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace webtool::auth {

/// The two kinds of token. The header parameter `typ` (RFC 7515 §4.1.9) tells them apart.
enum class TokenType { access, refresh };

/// Returns the `typ` of that kind: "at+jwt" (RFC 9068 §2.1) or "rt+jwt".
[[nodiscard]] constexpr std::string_view media_type(TokenType type) noexcept {
  return type == TokenType::access ? "at+jwt" : "rt+jwt";
}

/// A token that a service has made: a std::string of a known kind.
template <TokenType type>
struct Token : std::string {
  Token() = default;
  explicit Token(std::string text) noexcept : std::string(std::move(text)) {}
};

using AccessToken = Token<TokenType::access>;
using RefreshToken = Token<TokenType::refresh>;

/// A token as an argument: any text, except a token of the other kind. The text must outlive the
/// view.
template <TokenType type>
class TokenView {
 public:
  TokenView(std::string_view text) noexcept : text_(text) {}
  TokenView(const std::string& text) noexcept : text_(text) {}
  TokenView(const char* text) : text_(text) {}
  TokenView(const Token<type>& token) noexcept : text_(token) {}
  template <TokenType other>
  TokenView(const Token<other>&) = delete;

  operator std::string_view() const noexcept { return text_; }

 private:
  std::string_view text_;
};

using AccessTokenView = TokenView<TokenType::access>;
using RefreshTokenView = TokenView<TokenType::refresh>;

}  // namespace webtool::auth
