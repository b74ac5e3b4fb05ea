// How a session is written down, the same for every store, the Lua scripts included:
//
//   "refresh previous-claims created rotated expires note"
//
// ids and the digest of the claims as hex (just "-" before the first rotation), times as whole
// microseconds since 1970, the note as it is. Stored as text so that operators can read it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/auth/session_store.hpp>

namespace webtool::auth {

[[nodiscard]] std::string pack(const Session& session);

/// Nothing where `record` is not one.
[[nodiscard]] std::optional<Session> unpack(std::string_view id, std::string_view record);

/// The key of a subject's sessions, `wt:{H}:sessions`, with store_tag(sub) as H.
[[nodiscard]] std::string session_key(std::string_view sub);
/// The key of a subject's document where there are no hashes, `wt:{H}:document`: not the same, as a
/// Redis may well serve both, one as a mere cache.
[[nodiscard]] std::string document_key(std::string_view sub);

/// Oldest first; the order of sessions everywhere.
void sort_by_age(std::vector<Session>& sessions);

}  // namespace webtool::auth
