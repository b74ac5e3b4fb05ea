#include "auth/verified_tokens.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include <webtool/core/secret.hpp>

#include "core/keyed_hash.hpp"

namespace webtool::auth {

// A lock each, so that threads meet only over the same token. A place is empty or holds one whole
// entry: an empty place must not stand for the empty token.
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
  // Its end is the signature's: no two good tokens share it, and it is shorter to hash.
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
  // Made first and moved as a whole: if memory runs out, no token gets the claims of another.
  Place::Entry made{std::string(token), type, claims};
  auto& place = place_of(token);
  const std::scoped_lock hold(place.mutex);
  place.entry = std::move(made);
}

}  // namespace webtool::auth
