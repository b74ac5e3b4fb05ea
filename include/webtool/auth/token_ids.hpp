// What a jti is made of: 16 hex digits that name the session, 16 that name the issue.
//
// A pair's access token has the complement of its refresh token's issue: two tokens can be seen to
// belong together, and an access token to be current, without a further id being stored.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace webtool::auth {

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
[[nodiscard]] std::string paired_issue(std::string_view issue);

}  // namespace webtool::auth
