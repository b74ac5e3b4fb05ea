// Where sessions are kept: the port cut at the steps that must be atomic. JWTService decides what
// tokens mean; a SessionStore only ever changes one subject's sessions, wholly or not at all.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/auth/session_check.hpp>
#include <webtool/core/awaitable.hpp>
#include <webtool/core/clock.hpp>
#include <webtool/core/result.hpp>

namespace webtool::cache {
class BaseCache;
}

namespace webtool::auth {

/// A session (token family). Ids are 16 lower-case hex digits; a token's jti is the session's id
/// followed by the id of the issue (see token_ids.hpp).
struct Session {
  std::string id{};
  std::string refresh{};   ///< issue of the refresh token that may be spent next
  std::string previous{};  ///< issue spent last; empty before the first rotation
  std::string claims{};    ///< digest of what the current issue says; empty before that, too
  Timestamp created{};
  Timestamp rotated{};  ///< last rotation, or creation
  Timestamp expires{};
  std::string note{};

  friend bool operator==(const Session&, const Session&) = default;
};

/// The spending of one refresh token. Repeating the very same one gives the same answer.
struct Rotation {
  std::string_view session;
  std::string_view presented;  ///< issue of the refresh token handed in
  std::string_view next;       ///< issue that takes its place
  Timestamp now;
  Timestamp expires;                  ///< of the session from now on, unless max_age ends it sooner
  std::chrono::microseconds max_age;  ///< a session expires at this age at the latest
  std::chrono::microseconds grace{0};  ///< how long a spent token gives the current issue again
  std::string_view claims{};           ///< digest of what the next issue says, in hex
};

/// Which sessions of its subject a token's holder wants ended.
enum class Target { one, others, all };

/// Anyone with a refresh token of a session, spent or not, may end that session; others only with
/// the token that is current.
struct Revocation {
  std::string_view session;    ///< of the refresh token handed in
  std::string_view presented;  ///< its issue
  Target target = Target::one;
  std::string_view target_session{};  ///< the one to end, with Target::one
  Timestamp now;
};

/// All calls throw cache::StoreUnavailable where the store fails. Views must live until the call
/// completes.
///
/// A session that has expired at `now` is as good as gone for the caller. It is removed once it has
/// expired by the store's own clock, too: the clock of one host must not end what others have
/// begun.
class SessionStore {
 public:
  virtual ~SessionStore() = default;

  /// Adds a session; where the subject then has more than `max_sessions`, those that have expired
  /// at `now` end, then the oldest.
  [[nodiscard]] virtual awaitable<void> save(std::string_view sub, const Session& session,
                                             std::size_t max_sessions, Timestamp now) = 0;

  /// Puts the next issue in place of the presented one and gives the session as it then is; or as
  /// it already is, for a token spent within the grace. token_reused: the presented issue had been
  /// spent, and the session is no more. unknown_token: there is no such session.
  [[nodiscard]] virtual awaitable<result<Session>> rotate(std::string_view sub,
                                                          const Rotation& rotation) = 0;

  /// Ends sessions, and says how many living ones. unknown_token: the asking or the target session
  /// does not exist. revoked: the presented issue has no say over other sessions.
  [[nodiscard]] virtual awaitable<result<std::size_t>> erase(std::string_view sub,
                                                             const Revocation& revocation) = 0;

  /// Ends all sessions of the subject, on the application's own authority.
  [[nodiscard]] virtual awaitable<void> clear(std::string_view sub) = 0;

  /// The question whether the session is alive and of that refresh issue, as this store asks it.
  [[nodiscard]] virtual SessionCheck check_of(std::string_view sub, std::string_view session,
                                              std::string_view refresh, Timestamp now) const = 0;
  /// The answer, if it is known without asking the store: the session's error, none if it is alive.
  /// Empty if the store must be asked, as by default. A cache of sessions overrides this.
  [[nodiscard]] virtual std::optional<boost::system::error_code> lookup_now(
      const SessionCheck& check) const;
  /// The session of `check`, or nothing if it does not exist or has expired.
  [[nodiscard]] virtual awaitable<std::optional<Session>> find(const SessionCheck& check) = 0;

  /// All living sessions, oldest first.
  [[nodiscard]] virtual awaitable<std::vector<Session>> list(std::string_view sub,
                                                             Timestamp now) = 0;
};

/// Why a token of that refresh issue is refused: unknown_token if there is no session, revoked if
/// the session is at another issue; no error if the token is good. RedisLimiter returns the same.
[[nodiscard]] boost::system::error_code session_error(const std::optional<Session>& session,
                                                      std::string_view refresh);

/// The store for the sessions of that cache. A RedisCache keeps one hash a subject, changed by one
/// script a time; any other cache keeps one document a subject, changed by compare-and-set. Stores
/// on one cache see the same sessions.
[[nodiscard]] std::unique_ptr<SessionStore> make_session_store(cache::BaseCache& cache);

}  // namespace webtool::auth
