// Tokens whose signature has been verified, with what they say. An asymmetric signature costs some
// hundred microseconds, and the same access token comes with every request of its session.
//
// Only the signature and the shape of the claims are remembered: a token's times and its session
// are looked at every time. A new key ring starts with an empty memory.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include <webtool/auth/claims.hpp>

namespace webtool::auth {

class VerifiedTokens {
 public:
  /// Remembers about `capacity` tokens, the latest of those that fall on the same place. 0: none.
  explicit VerifiedTokens(std::size_t capacity);
  ~VerifiedTokens();

  /// What exactly this token of exactly this type says, if it is remembered.
  [[nodiscard]] std::optional<Claims> find(std::string_view token, TokenType type) const;
  void remember(std::string_view token, TokenType type, const Claims& claims);

 private:
  struct Place;
  [[nodiscard]] Place& place_of(std::string_view token) const;

  std::size_t capacity_;
  std::unique_ptr<Place[]> places_;
};

}  // namespace webtool::auth
