// The life of tokens: creation, validation, rotation, revocation. See documents' "Auth - Service".
//
// Outcomes are values: an untrusted token gives a TokenError. A store that fails throws
// cache::StoreUnavailable, from every operation, and nothing is then half-done.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/auth/access_tokens.hpp>
#include <webtool/auth/jwt_manager.hpp>
#include <webtool/auth/session_store.hpp>
#include <webtool/cache/base_cache.hpp>
#include <webtool/core/awaitable.hpp>
#include <webtool/core/observer.hpp>

namespace webtool::cache {
class RedisCache;
}

namespace webtool::auth {

struct TokenPair {
  AccessToken access;
  RefreshToken refresh;
};

/// One living session, as its owner may see it.
struct SessionInfo {
  std::string
      refresh_jti;  ///< of its current refresh token; names the session for invalidate_token
  Timestamp created;
  Timestamp rotated;  ///< last rotation, or creation
  Timestamp expires;
  std::string note;      ///< what create_token was told
  bool current = false;  ///< whether the token that sessions() was told of belongs to it
};

/// `[{"jti":…,"created":…,"rotated":…,"expires":…,"note":…,"current":…},…]`, times as NumericDates.
[[nodiscard]] std::string to_json(const std::vector<SessionInfo>& sessions);

/// The port, as handlers use it. Views must live until the operation completes.
class BaseJWTService : public AccessTokens {
 public:
  /// Starts a session: a new access and refresh token for `data`. sessions() shows `note`, such as
  /// the device: up to 256 bytes of UTF-8 without control characters.
  /// Throws std::invalid_argument for another note and for data that check_grant refuses, and
  /// std::length_error if the tokens would be longer than jose::max_token_size.
  [[nodiscard]] virtual awaitable<TokenPair> create_token(const Grant& data,
                                                          std::string_view note = {}) = 0;

  /// What the refresh token says, if it is the current one of a living session.
  [[nodiscard]] virtual awaitable<result<Claims>> validate_refresh_token(
      RefreshTokenView refresh) = 0;
  /// As above; `access` must be the access token issued with it (it may have expired), else
  /// TokenError::pair_mismatch.
  [[nodiscard]] virtual awaitable<result<Claims>> validate_refresh_token(
      AccessTokenView access, RefreshTokenView refresh) = 0;

  /// Rotation (RFC 9700 §4.14.2): spends the refresh token for a new pair. `data.sub` must be the
  /// token's (subject_mismatch), or empty for "as the token says"; `data.scope`, where present, may
  /// only narrow the token's (scope_exceeded), and an `extra` and private claims that are not empty
  /// replace the token's. A spent token gives token_reused and ends the session. Throws
  /// std::invalid_argument for a scope or extra that check_grant refuses.
  [[nodiscard]] virtual awaitable<result<TokenPair>> update_token(const Grant& data,
                                                                  RefreshTokenView refresh) = 0;
  [[nodiscard]] virtual awaitable<result<TokenPair>> update_token(const Grant& data,
                                                                  AccessTokenView access,
                                                                  RefreshTokenView refresh) = 0;

  /// Ends the token's session; both its tokens stop working at once. A spent refresh token will do:
  /// a client that lost a reply can still log out.
  [[nodiscard]] virtual awaitable<result<void>> invalidate_token(RefreshTokenView refresh) = 0;
  /// Ends another session of the same subject, named by any refresh jti it has had; unknown_token
  /// if there is none. `refresh` must be current, else TokenError::revoked.
  [[nodiscard]] virtual awaitable<result<void>> invalidate_token(RefreshTokenView refresh,
                                                                 std::string_view refresh_jti) = 0;
  /// Ends all sessions of the token's subject and says how many there were. `refresh` must be
  /// current, else TokenError::revoked.
  [[nodiscard]] virtual awaitable<result<std::size_t>> invalidate_all(RefreshTokenView refresh) = 0;

  /// Ends all but the token's own session; otherwise as invalidate_all.
  [[nodiscard]] virtual awaitable<result<std::size_t>> invalidate_others(
      RefreshTokenView refresh) = 0;

  /// The refresh jtis of all living sessions of the token's subject, oldest session first.
  /// `refresh` must be current, else TokenError::revoked.
  [[nodiscard]] virtual awaitable<result<std::vector<std::string>>> search_token(
      RefreshTokenView refresh) = 0;
  [[nodiscard]] virtual awaitable<result<std::vector<std::string>>> search_token(
      AccessTokenView access, RefreshTokenView refresh) = 0;

  // For the application itself, which has found out in its own way whom it deals with.

  /// All living sessions of a subject, oldest first: for "where am I logged in". `own_jti` is the
  /// jti of the asking client's token, access or refresh: its session is marked as `current`.
  [[nodiscard]] virtual awaitable<std::vector<SessionInfo>> sessions(
      std::string_view sub, std::string_view own_jti = {}) = 0;
  /// Ends one session of a subject, named by the jti of any of its tokens, without a token of it:
  /// for a list of sessions whose owner has shown an access token. False if there is none such.
  [[nodiscard]] virtual awaitable<bool> end_session(std::string_view sub, std::string_view jti) = 0;
  /// Ends all sessions of a subject: after a change of password, say.
  [[nodiscard]] virtual awaitable<void> end_sessions(std::string_view sub) = 0;
};

/// How an access token is checked beyond its signature and times.
enum class Validation {
  session,    ///< its session must exist and name it: revocation works at once (default)
  stateless,  ///< nothing more: no store trip, and a revoked token works until it expires
};

struct JWTServiceOptions {
  /// What signs: a PEM, a secret, a jose::Key or a jose::KeyRing. Required, unless `jwt_manager`
  /// is given (then it must be empty). The first key must not be a public one.
  std::optional<jose::KeyRing> secret_key{};
  /// Must fit the signing key. Default: what the key says.
  std::optional<jose::Algorithm> algorithm{};
  std::chrono::microseconds access_token_expire_time = std::chrono::hours(1);
  std::chrono::microseconds refresh_token_expire_time = std::chrono::weeks(1);
  /// A session ends at this age, however often it is rotated (RFC 9700 §4.14.2).
  std::chrono::microseconds session_expire_time = std::chrono::days(90);
  /// For this long after a rotation the spent token gives the *current* pair again, for clients
  /// that lost the reply. 0, the strict choice: any spent token is reuse. At most 5 minutes.
  std::chrono::microseconds rotation_grace{0};
  /// Living sessions a subject may have; the oldest ends when one more starts.
  std::size_t max_sessions = 100;
  Validation validation = Validation::session;
  /// Rules for claims: issuer, audience, leeway.
  JWTManagerOptions claims{};
  /// Your own manager in place of JWTManager.
  std::shared_ptr<BaseJWTManager> jwt_manager{};
  Clock clock = system_now;
  /// Told what becomes of tokens that are validated or rotated.
  std::shared_ptr<Observer> observer{};
};

/// The service on any cache. On a RedisCache it is what RedisJWTService is: they see the same
/// sessions, and every operation is one round trip. On other caches a subject's sessions are one
/// document, changed by compare-and-set.
class JWTService : public BaseJWTService {
 public:
  /// `cache` must outlive the service. Throws std::invalid_argument (jose::InvalidKey for keys)
  /// that names the option.
  JWTService(cache::BaseCache& cache, JWTServiceOptions options);
  ~JWTService() override;

  awaitable<TokenPair> create_token(const Grant& data, std::string_view note = {}) override;
  result<Checked> check(AccessTokenView access) override;
  awaitable<result<Claims>> finish(Checked checked) override;
  awaitable<result<Claims>> validate_refresh_token(RefreshTokenView refresh) override;
  awaitable<result<Claims>> validate_refresh_token(AccessTokenView access,
                                                   RefreshTokenView refresh) override;
  awaitable<result<TokenPair>> update_token(const Grant& data, RefreshTokenView refresh) override;
  awaitable<result<TokenPair>> update_token(const Grant& data, AccessTokenView access,
                                            RefreshTokenView refresh) override;
  awaitable<result<void>> invalidate_token(RefreshTokenView refresh) override;
  awaitable<result<void>> invalidate_token(RefreshTokenView refresh,
                                           std::string_view refresh_jti) override;
  awaitable<result<std::size_t>> invalidate_all(RefreshTokenView refresh) override;
  awaitable<result<std::size_t>> invalidate_others(RefreshTokenView refresh) override;
  awaitable<result<std::vector<std::string>>> search_token(RefreshTokenView refresh) override;
  awaitable<result<std::vector<std::string>>> search_token(AccessTokenView access,
                                                           RefreshTokenView refresh) override;
  awaitable<std::vector<SessionInfo>> sessions(std::string_view sub,
                                               std::string_view own_jti = {}) override;
  awaitable<bool> end_session(std::string_view sub, std::string_view jti) override;
  awaitable<void> end_sessions(std::string_view sub) override;

  /// The manager in use.
  [[nodiscard]] BaseJWTManager& jwt_manager() noexcept;

 protected:
  JWTService(std::unique_ptr<SessionStore> store, JWTServiceOptions options);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The service on Redis: every operation is one round trip, changes are one atomic script each.
class RedisJWTService final : public JWTService {
 public:
  RedisJWTService(cache::RedisCache& cache, JWTServiceOptions options);
};

}  // namespace webtool::auth
