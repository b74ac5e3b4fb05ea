// The life of tokens: creation, validation, rotation, revocation. See docs, "Auth - Service".
//
// A refused token is a value, a TokenError. If the store fails, every operation throws
// cache::StoreUnavailable. No change is then half done.
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
  std::string refresh_jti;  ///< jti of its current refresh token; invalidate_token takes it
  Timestamp created;
  Timestamp rotated;  ///< last rotation, or creation
  Timestamp expires;
  std::string note;      ///< the argument of create_token
  bool current = false;  ///< whether `own_jti` of sessions() belongs to it
};

/// Returns `[{"jti":…,"created":…,"rotated":…,"expires":…,"note":…,"current":…},…]`. Times are
/// NumericDates.
[[nodiscard]] std::string to_json(const std::vector<SessionInfo>& sessions);

/// The port that handlers use. Views must live until the operation completes.
class BaseJWTService : public AccessTokens {
 public:
  /// Starts a session and returns a new access and refresh token for `data`. sessions() returns
  /// `note`, such as the device: up to 256 bytes of UTF-8 without control characters. Throws
  /// std::invalid_argument for any other note and for data that check_grant refuses, and
  /// std::length_error if the tokens would be longer than jose::max_token_size.
  [[nodiscard]] virtual awaitable<TokenPair> create_token(const Grant& data,
                                                          std::string_view note = {}) = 0;

  /// Returns the claims of the refresh token if the token is the current one of a living session.
  [[nodiscard]] virtual awaitable<result<Claims>> validate_refresh_token(
      RefreshTokenView refresh) = 0;
  /// As above. `access` must be the access token that was issued with `refresh`, otherwise
  /// TokenError::pair_mismatch. `access` may have expired.
  [[nodiscard]] virtual awaitable<result<Claims>> validate_refresh_token(
      AccessTokenView access, RefreshTokenView refresh) = 0;

  /// Rotation (RFC 9700 §4.14.2): spends the refresh token and returns a new pair.
  /// - `data.sub` must equal the token's, otherwise subject_mismatch. Empty: the token's.
  /// - `data.scope`, if present, may only narrow the token's, otherwise scope_exceeded.
  /// - A non-empty `extra` replaces the token's, and so do non-empty private claims.
  /// A spent token returns token_reused and ends the session; see `rotation_grace`. Throws
  /// std::invalid_argument for a scope or `extra` that check_grant refuses.
  [[nodiscard]] virtual awaitable<result<TokenPair>> update_token(const Grant& data,
                                                                  RefreshTokenView refresh) = 0;
  [[nodiscard]] virtual awaitable<result<TokenPair>> update_token(const Grant& data,
                                                                  AccessTokenView access,
                                                                  RefreshTokenView refresh) = 0;

  /// Ends the token's session. Both of its tokens stop working immediately. A spent refresh token
  /// is accepted too, so that a client that lost a reply can still log out.
  [[nodiscard]] virtual awaitable<result<void>> invalidate_token(RefreshTokenView refresh) = 0;
  /// Ends another session of the same subject. `refresh_jti` is any refresh jti that the session
  /// has had. Returns unknown_token if there is no such session. `refresh` must be current,
  /// otherwise TokenError::revoked.
  [[nodiscard]] virtual awaitable<result<void>> invalidate_token(RefreshTokenView refresh,
                                                                 std::string_view refresh_jti) = 0;
  /// Ends all sessions of the token's subject and returns their number. `refresh` must be current,
  /// otherwise TokenError::revoked.
  [[nodiscard]] virtual awaitable<result<std::size_t>> invalidate_all(RefreshTokenView refresh) = 0;

  /// Ends all sessions except the token's own. Otherwise as invalidate_all.
  [[nodiscard]] virtual awaitable<result<std::size_t>> invalidate_others(
      RefreshTokenView refresh) = 0;

  /// Returns the refresh jtis of all living sessions of the token's subject, oldest session first.
  /// `refresh` must be current, otherwise TokenError::revoked.
  [[nodiscard]] virtual awaitable<result<std::vector<std::string>>> search_token(
      RefreshTokenView refresh) = 0;
  [[nodiscard]] virtual awaitable<result<std::vector<std::string>>> search_token(
      AccessTokenView access, RefreshTokenView refresh) = 0;

  // For the application itself, after it has authenticated the user in its own way.

  /// Returns all living sessions of a subject, oldest first, for a page "where am I logged in".
  /// `own_jti` is the jti of the client's own token, access or refresh. The session of that token
  /// is `current`.
  [[nodiscard]] virtual awaitable<std::vector<SessionInfo>> sessions(
      std::string_view sub, std::string_view own_jti = {}) = 0;
  /// Ends one session of a subject, without a token of the session. `jti` is the jti of any of its
  /// tokens. Use it for a list of sessions whose owner has sent an access token. Returns false if
  /// there is no such session.
  [[nodiscard]] virtual awaitable<bool> end_session(std::string_view sub, std::string_view jti) = 0;
  /// Ends all sessions of a subject, for example after a password change.
  [[nodiscard]] virtual awaitable<void> end_sessions(std::string_view sub) = 0;
};

/// How an access token is checked beyond its signature and times.
enum class Validation {
  session,    ///< the session must be at the token's issue: revocation works at once (default)
  stateless,  ///< no further check: no store request, and a revoked token works until it expires
};

struct JWTServiceOptions {
  /// The signing keys: a PEM, a secret, a jose::Key or a jose::KeyRing. Required without
  /// `jwt_manager`, and must be empty with it. The first key must not be a public key.
  std::optional<jose::KeyRing> secret_key{};
  /// Must fit the signing key. Default: the algorithm of the key.
  std::optional<jose::Algorithm> algorithm{};
  std::chrono::microseconds access_token_expire_time = std::chrono::hours(1);
  std::chrono::microseconds refresh_token_expire_time = std::chrono::weeks(1);
  /// A session ends at this age, even if it is rotated (RFC 9700 §4.14.2). At most 100 years.
  std::chrono::microseconds session_expire_time = std::chrono::days(90);
  /// For this long after a rotation the spent token returns the *current* pair again, for clients
  /// that lost the reply. 0, the strict choice: any spent token is reuse. At most 5 minutes.
  std::chrono::microseconds rotation_grace{0};
  /// The number of living sessions of a subject, from 1 to 10,000. If one more starts, the oldest
  /// ends.
  std::size_t max_sessions = 100;
  Validation validation = Validation::session;
  /// Rules for claims: issuer, audience, leeway.
  JWTManagerOptions claims{};
  /// A manager to use instead of JWTManager.
  std::shared_ptr<BaseJWTManager> jwt_manager{};
  Clock clock = system_now;
  /// Receives the outcome of each token that is validated or rotated.
  std::shared_ptr<Observer> observer{};
};

/// The service on any cache. On a RedisCache it works as RedisJWTService: both see the same
/// sessions, and every operation is one round trip. On any other cache, the sessions of a subject
/// are one document that is changed by compare-and-set.
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

  /// Returns the manager in use.
  [[nodiscard]] BaseJWTManager& jwt_manager() noexcept;

 protected:
  JWTService(std::unique_ptr<SessionStore> store, JWTServiceOptions options);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The service on Redis: every operation is one round trip, and every change is one atomic script.
class RedisJWTService final : public JWTService {
 public:
  RedisJWTService(cache::RedisCache& cache, JWTServiceOptions options);
};

}  // namespace webtool::auth
