// Where sessions are kept: the port cut at the steps that must be atomic. JWTService decides what
// tokens mean; a SessionStore only ever changes one subject's sessions, wholly or not at all.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/core/awaitable.hpp>
#include <webtool/core/clock.hpp>

namespace webtool::cache {
class BaseCache;
class RedisCache;
}

namespace webtool::auth {

/// A session (token family). Ids are 16 lower-case hex digits; a token's jti is the session's id
/// followed by the id of the issue.
struct Session {
  std::string id{};
  std::string refresh{};   ///< issue of the refresh token that may be spent next
  std::string previous{};  ///< issue of the refresh token spent last; empty before the first rotation
  std::string access{};    ///< issue of the access token that is good now
  Timestamp created{};
  Timestamp rotated{};
  Timestamp expires{};
  std::string note{};
};

/// The spending of one refresh token. Repeating the same one gives the same answer.
struct Rotation {
  std::string_view session;
  std::string_view presented;    ///< issue of the refresh token handed in
  std::string_view next_refresh; ///< issues that take its place
  std::string_view next_access;
  Timestamp now;
  Timestamp expires;             ///< of the session from now on
  std::chrono::microseconds grace{0};
};

enum class RotationOutcome {
  rotated,   ///< presented was current: the next issues are in place
  replayed,  ///< presented was spent within the grace: nothing changed, here is what is current
  reused,    ///< presented was spent: the session has been removed
  unknown,   ///< no such session
};

struct RotationResult {
  RotationOutcome outcome;
  Session session{};  ///< as it is now, for rotated and replayed
};

/// All calls throw cache::StoreUnavailable where the store fails. Every write drops the subject's
/// expired sessions. Views must live until the call completes.
class SessionStore {
 public:
  virtual ~SessionStore() = default;
  /// Adds a session; where the subject then has more than `max_sessions`, the oldest end.
  [[nodiscard]] virtual awaitable<void> save(std::string_view sub, const Session& session,
                                             std::size_t max_sessions, Timestamp now) = 0;
  [[nodiscard]] virtual awaitable<RotationResult> rotate(std::string_view sub,
                                                         const Rotation& rotation) = 0;
  /// The session, unless it is not there or has expired.
  [[nodiscard]] virtual awaitable<std::optional<Session>> find(std::string_view sub,
                                                               std::string_view session,
                                                               Timestamp now) = 0;
  /// Removes the session, and says whether it was there. With `refresh`, only if that is its
  /// current issue.
  [[nodiscard]] virtual awaitable<bool> erase(std::string_view sub, std::string_view session,
                                              std::string_view refresh, Timestamp now) = 0;
  /// Removes all, and says how many living ones there were.
  [[nodiscard]] virtual awaitable<std::size_t> erase_all(std::string_view sub, Timestamp now) = 0;
  /// All living sessions, oldest first.
  [[nodiscard]] virtual awaitable<std::vector<Session>> list(std::string_view sub,
                                                             Timestamp now) = 0;
};

/// The store on any cache: one document a subject, changed under the cache's lock and committed by
/// compare-and-set.
[[nodiscard]] std::unique_ptr<SessionStore> make_session_store(cache::BaseCache& cache);

/// The store on Redis: one hash a subject, one script a change.
[[nodiscard]] std::unique_ptr<SessionStore> make_redis_session_store(cache::RedisCache& cache);

}  // namespace webtool::auth
