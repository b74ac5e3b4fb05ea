#include "auth/verified_tokens.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include <webtool/core/secret.hpp>

#include "core/keyed_hash.hpp"

namespace webtool::auth {

// Each place has its own lock, so that threads wait only for the same place. An empty place has no
// entry; an entry with empty text would match the empty token.
struct VerifiedTokens::Place {
  struct Entry {
    std::string token;
    TokenType type;
    Claims claims;
  };
  std::mutex mutex;
  std::optional<Entry> entry;
};

VerifiedTokens::VerifiedTokens(std::size_t capacity)
    : capacity_(capacity), places_(capacity == 0 ? nullptr : new Place[capacity]) {}

VerifiedTokens::~VerifiedTokens() = default;

VerifiedTokens::Place& VerifiedTokens::place_of(std::string_view token) const {
  // The end of a token is its signature. No two valid tokens share it, and it is shorter to hash.
  constexpr std::size_t end = 32;
  return places_[keyed_hash(token.substr(token.size() - std::min(end, token.size()))) % capacity_];
}

std::optional<Claims> VerifiedTokens::find(std::string_view token, TokenType type) const {
  if (capacity_ == 0) return std::nullopt;
  auto& place = place_of(token);
  const std::scoped_lock hold(place.mutex);
  const auto& entry = place.entry;
  if (!entry || entry->type != type || !equal_in_constant_time(entry->token, token))
    return std::nullopt;
  return entry->claims;
}

void VerifiedTokens::remember(std::string_view token, TokenType type, const Claims& claims) {
  if (capacity_ == 0) return;
  // Made first and then moved. If memory runs out, no token gets the claims of another token.
  Place::Entry made{std::string(token), type, claims};
  auto& place = place_of(token);
  const std::scoped_lock hold(place.mutex);
  place.entry = std::move(made);
}

}  // namespace webtool::auth
