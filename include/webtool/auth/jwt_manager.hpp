// Claims to token and back. The manager knows keys and rules for claims; it knows no sessions.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <webtool/auth/claims.hpp>
#include <webtool/jose/key_ring.hpp>

namespace webtool::auth {

/// Whether a token whose `exp` has passed is refused. Ignoring that is for telling whether two
/// tokens belong together, never for letting anyone in.
enum class Expiry { enforced, ignored };

/// How `exp`, `iat` and `nbf` are written.
enum class NumericDates {
  exact,    ///< to the microsecond, as a decimal fraction where it needs one (RFC 7519 §2)
  integer,  ///< whole seconds, rounded down: for readers that take a fraction for 0 or fail at it
};

/// The port. To bring a manager of your own, override both; they are called from any thread.
class BaseJWTManager : public VerifiesTokens {
 public:
  virtual ~BaseJWTManager() = default;
  /// The token that says `claims`. Throws std::invalid_argument for claims that check_grant
  /// refuses, and std::length_error if the token would be longer than jose::max_token_size.
  [[nodiscard]] virtual std::string encode(const ClaimsSet& claims, TokenType type) = 0;
  /// Returns what `token` says, made by `verified`, if it is of that type and good at the time
  /// `now`; otherwise why it is refused.
  [[nodiscard]] virtual result<Claims> decode(std::string_view token, TokenType type, Timestamp now,
                                              Expiry expiry = Expiry::enforced) = 0;
};

struct JWTManagerOptions {
  /// Set as `iss` and required to be exactly this, when given.
  std::optional<std::string> issuer{};
  /// Set as `aud` and required to be among the token's, when given. A token with an `aud` is
  /// refused where none is configured (RFC 7519 §4.1.3).
  std::optional<std::string> audience{};
  /// How far the clocks of hosts may differ, for `exp`, `nbf` and `iat`. At most 5 minutes.
  std::chrono::microseconds leeway = std::chrono::seconds(30);
  /// The longest `exp` − `iat` that is believed, for access and refresh tokens. 0: any.
  std::chrono::microseconds max_access_lifetime{0};
  std::chrono::microseconds max_refresh_lifetime{0};
  /// Tokens whose verification is remembered, so that an asymmetric signature is checked once and
  /// not with every request. Their times and sessions are checked every time. 0: none.
  std::size_t verified_tokens = 4096;
  /// Readers of tokens that hold times in a 64-bit integer (some of Go's, libjwt) read a fraction
  /// as 0 or refuse it: choose `integer` if one of them reads yours. A token then ends up to a
  /// second earlier, never later. What is read may have fractions either way.
  NumericDates numeric_dates = NumericDates::exact;
};

class JWTManager final : public BaseJWTManager {
 public:
  /// Throws std::invalid_argument, naming the option, for impossible ones. If the ring's first key
  /// is public, the manager can decode only: encode throws jose::InvalidKey.
  explicit JWTManager(jose::KeyRing keys, JWTManagerOptions options = {});
  ~JWTManager() override;

  std::string encode(const ClaimsSet& claims, TokenType type) override;
  result<Claims> decode(std::string_view token, TokenType type, Timestamp now,
                        Expiry expiry = Expiry::enforced) override;

  /// The ring in use; `keys().public_jwks()` is what to publish.
  [[nodiscard]] std::shared_ptr<const jose::KeyRing> keys() const;
  /// Replaces the ring, from any thread, without a restart. Tokens of keys that are no longer in it
  /// stop being believed at once.
  void set_keys(jose::KeyRing keys);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace webtool::auth
