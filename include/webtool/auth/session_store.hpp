// The port of session storage. Each function is a step that must be atomic. JWTService decides the
// meaning of tokens. A SessionStore changes the sessions of one subject, completely or not at all.
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
  std::string refresh{};   ///< issue of the current refresh token, not yet spent
  std::string previous{};  ///< issue spent last; empty before the first rotation
  std::string claims{};  ///< digest of the current issue's claims; empty before the first rotation
  Timestamp created{};
  Timestamp rotated{};  ///< last rotation, or creation
  Timestamp expires{};
  std::string note{};

  friend bool operator==(const Session&, const Session&) = default;
};

/// One use of a refresh token. The same rotation repeated has the same result.
struct Rotation {
  std::string_view session;
  Issue presented;        ///< issue of the refresh token
  std::string_view next;  ///< issue that replaces `presented`
  Timestamp rotated;      ///< when `next` is issued: later than `presented`
  Timestamp now;
  Timestamp expires;                   ///< new expiry of the session, unless max_age ends it sooner
  std::chrono::microseconds max_age;   ///< a session expires at this age at the latest
  std::chrono::microseconds grace{0};  ///< how long a spent token returns the current issue
  std::string_view claims{};           ///< digest of the next issue's claims, in hex
};

/// The result of a rotation.
struct Rotated {
  Session session{};
  /// The store had lost the change that made the presented issue; see session_check.hpp.
  bool healed = false;
};

/// Which sessions of the subject to end.
enum class Target { one, others, all };

/// A refresh token, spent or not, can end its own session. Only the current refresh token can end
/// other sessions.
struct Revocation {
  std::string_view session;  ///< session of the refresh token
  Issue presented;           ///< issue of the refresh token
  Target target = Target::one;
  std::string_view target_session{};  ///< the session to end, with Target::one
  Timestamp now;
};

/// All functions throw cache::StoreUnavailable if the store fails. Views must live until the call
/// completes.
///
/// A session that has expired at `now` does not exist for the caller. The store removes it only if
/// it has also expired by the store's own clock. Otherwise the clock of one host, running ahead,
/// could end sessions of other hosts.
class SessionStore {
 public:
  virtual ~SessionStore() = default;

  /// Adds a session. If the subject then has more than `max_sessions`, sessions that have expired
  /// at `now` end first, then the oldest.
  [[nodiscard]] virtual awaitable<void> save(std::string_view sub, const Session& session,
                                             std::size_t max_sessions, Timestamp now) = 0;

  /// Replaces the presented issue by the next and returns the changed session. For a token spent
  /// within the grace, returns the session unchanged. Returns token_reused if the presented issue
  /// was already spent; the session has then been removed. Returns unknown_token if there is no
  /// such session.
  [[nodiscard]] virtual awaitable<result<Rotated>> rotate(std::string_view sub,
                                                          const Rotation& rotation) = 0;

  /// Ends sessions and returns the number of living sessions that ended. Returns unknown_token if
  /// the asking or the target session does not exist, and revoked if the presented issue may not
  /// end other sessions.
  [[nodiscard]] virtual awaitable<result<std::size_t>> erase(std::string_view sub,
                                                             const Revocation& revocation) = 0;

  /// Ends all sessions of the subject, without a token.
  [[nodiscard]] virtual awaitable<void> clear(std::string_view sub) = 0;

  /// Returns the question whether the session is alive and at that refresh issue, in this store's
  /// form.
  [[nodiscard]] virtual SessionCheck check_of(std::string_view sub, std::string_view session,
                                              const Issue& issue, Timestamp now) const = 0;
  /// Returns the session's error, or no error for a living session, if the answer is known without
  /// a store request. Returns nothing if the store must be asked, as by default. A cache of
  /// sessions overrides this.
  [[nodiscard]] virtual std::optional<boost::system::error_code> lookup_now(
      const SessionCheck& check) const;
  /// Returns the session of `check`, or nothing if it does not exist or has expired.
  [[nodiscard]] virtual awaitable<std::optional<Session>> find(const SessionCheck& check) = 0;

  /// Returns all living sessions, oldest first.
  [[nodiscard]] virtual awaitable<std::vector<Session>> list(std::string_view sub,
                                                             Timestamp now) = 0;
};

/// Returns whether that issue is the session's current one, or a later one whose change the store
/// has lost.
[[nodiscard]] bool is_current(const Session& session, const Issue& issue);

/// Returns the reason to refuse a token of that issue: unknown_token if there is no session,
/// revoked if the issue is not current. Returns no error if the token is good. RedisLimiter returns
/// the same errors.
[[nodiscard]] boost::system::error_code session_error(const std::optional<Session>& session,
                                                      const Issue& issue);

/// Returns the store for the sessions of that cache. A RedisCache keeps one hash for each subject
/// and changes it by scripts. Any other cache keeps one document for each subject and changes it by
/// compare-and-set. All stores on one cache see the same sessions.
[[nodiscard]] std::unique_ptr<SessionStore> make_session_store(cache::BaseCache& cache);

}  // namespace webtool::auth
