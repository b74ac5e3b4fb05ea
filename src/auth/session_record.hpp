// The text format of a session. All stores and the Lua scripts use it:
//
//   "refresh previous-claims created rotated expires note"
//
// Ids and the digest of the claims are in hex (only "-" before the first rotation). Times are whole
// microseconds since 1970. The note is unchanged. Stored as text so that operators can read it in
// redis-cli.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/auth/session_store.hpp>

namespace webtool::auth {

[[nodiscard]] std::string pack(const Session& session);

/// Returns nothing if `record` is not in this format.
[[nodiscard]] std::optional<Session> unpack(std::string_view id, std::string_view record);

/// Returns the key of a subject's sessions, `wt:{H}:sessions`, with store_tag(sub) as H.
[[nodiscard]] std::string session_key(std::string_view sub);
/// Returns the key of a subject's document in a cache without hashes, `wt:{H}:document`. It differs
/// from session_key, because one Redis may be used both through RedisCache and through another
/// cache.
[[nodiscard]] std::string document_key(std::string_view sub);

/// Sorts oldest first. Every list of sessions has this order.
void sort_by_age(std::vector<Session>& sessions);

}  // namespace webtool::auth
