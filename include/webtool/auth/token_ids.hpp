// What a jti is made of: 16 hex digits that name the session, 16 that name the issue.
//
// A pair's access token has the complement of its refresh token's issue: two tokens can be seen to
// belong together, and an access token to be current, without a further id being stored.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace webtool::auth {

/// The id of a session or of an issue: 16 lower-case hex digits, kept without an allocation.
class Id {
 public:
  static constexpr std::size_t max_size = 16;

  constexpr Id() = default;
  /// Throws std::length_error if `text` is longer than max_size.
  constexpr explicit Id(std::string_view text) : size_(text.size()) {
    if (text.size() > max_size) throw std::length_error("an id has at most 16 characters");
    std::copy(text.begin(), text.end(), text_.begin());
  }
  constexpr operator std::string_view() const noexcept { return {text_.data(), size_}; }

  friend constexpr bool operator==(const Id& id, std::string_view text) noexcept {
    return std::string_view(id) == text;
  }

 private:
  std::array<char, max_size> text_{};
  std::size_t size_ = 0;
};

/// 16 hex digits from the system's cryptographic random source.
[[nodiscard]] std::string make_id();

/// A jti taken apart; the views point into it.
struct TokenIds {
  std::string_view session;
  std::string_view issue;
};

/// Nothing where `jti` is not 32 lower-case hex digits, that is, not one of ours.
[[nodiscard]] std::optional<TokenIds> split_jti(std::string_view jti) noexcept;

/// The issue of the other token of the pair.
[[nodiscard]] Id paired_issue(std::string_view issue);

}  // namespace webtool::auth
