// Remembers tokens whose signature has been verified, and their claims. Checking an asymmetric
// signature costs some hundred microseconds, and a client sends the same access token with every
// request.
//
// Only the signature and the format of the claims are remembered. The times and the session of a
// token are checked every time. A new key ring starts with an empty memory.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include <webtool/auth/claims.hpp>

namespace webtool::auth {

class VerifiedTokens {
 public:
  /// Remembers about `capacity` tokens. Of the tokens with the same place, the latest stays. 0:
  /// none.
  explicit VerifiedTokens(std::size_t capacity);
  ~VerifiedTokens();

  /// Returns the claims of exactly this token and type, if they are remembered.
  [[nodiscard]] std::optional<Claims> find(std::string_view token, TokenType type) const;
  void remember(std::string_view token, TokenType type, const Claims& claims);

 private:
  struct Place;
  [[nodiscard]] Place& place_of(std::string_view token) const;

  std::size_t capacity_;
  std::unique_ptr<Place[]> places_;
};

}  // namespace webtool::auth
