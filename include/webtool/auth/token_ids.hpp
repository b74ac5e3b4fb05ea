// The parts of a jti: 16 hex digits for the session, then 16 for the issue. The first 5 digits of a
// refresh token's issue are the microsecond of the second in which it was issued, because `iat` may
// be a whole second. The other 11 are random.
//
// The access token of a pair has the complement of the refresh token's issue. So the pair and the
// current access token can be recognised without storing a further id.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <webtool/core/clock.hpp>

namespace webtool::auth {

/// The id of a session or of an issue: 16 lower-case hex digits, stored without an allocation.
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

  friend constexpr bool operator==(const Id& left, const Id& right) noexcept {
    return std::string_view(left) == std::string_view(right);
  }
  friend constexpr bool operator==(const Id& id, std::string_view text) noexcept {
    return std::string_view(id) == text;
  }

 private:
  std::array<char, max_size> text_{};
  std::size_t size_ = 0;
};

/// Returns 16 hex digits from the system's cryptographic random source.
[[nodiscard]] std::string make_id();

/// Returns a new issue for a refresh token with the `iat` `issued`.
[[nodiscard]] std::string make_issue(Timestamp issued);

/// Returns the time of an issue, with microseconds also if `iat` is a whole second. `refresh` is
/// the issue of the refresh token.
[[nodiscard]] Timestamp issue_time(Timestamp iat, std::string_view refresh) noexcept;

/// The parts of a jti. The views point into it.
struct TokenIds {
  std::string_view session;
  std::string_view issue;
};

/// Returns nothing if `jti` is not 32 lower-case hex digits, the format that this library issues.
[[nodiscard]] std::optional<TokenIds> split_jti(std::string_view jti) noexcept;

/// Returns the issue of the other token of the pair. Throws std::length_error if `issue` is longer
/// than 16 characters.
[[nodiscard]] Id paired_issue(std::string_view issue);

}  // namespace webtool::auth
