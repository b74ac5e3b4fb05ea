// The hash tag of all data about one subject or address. Keys with the same tag are in one slot of
// a Redis Cluster, so that one script can use them together.
#pragma once

#include <string>
#include <string_view>

namespace webtool::auth {

/// Returns 128 bits of SHA-256 as 22 characters of base64url, so that the store's keys contain no
/// personal data.
[[nodiscard]] std::string store_tag(std::string_view subject);

/// The beginning of every key that holds sessions or counters. It stands for version 1 of the
/// layout in the store: another layout needs another prefix. See docs/reference/redis.md.
inline constexpr std::string_view layout_prefix = "wt:";

/// Returns `wt:{H}`, the beginning of every key about that subject, with store_tag(subject) as H.
[[nodiscard]] std::string subject_key(std::string_view subject);

/// Returns 64 bits of SHA-256 as 16 hex digits, to compare two texts that the service itself has
/// made.
[[nodiscard]] std::string short_digest(std::string_view text);

}  // namespace webtool::auth
