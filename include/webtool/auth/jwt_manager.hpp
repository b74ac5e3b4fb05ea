// Encodes claims as a token and decodes a token. A manager has keys and rules for claims. It does
// not know sessions.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <webtool/auth/claims.hpp>
#include <webtool/jose/key_ring.hpp>

namespace webtool::auth {

/// Whether a token whose `exp` has passed is refused. Use `ignored` only to find out whether two
/// tokens belong together, never to accept a token.
enum class Expiry { enforced, ignored };

/// How `exp`, `iat` and `nbf` are written.
enum class NumericDates {
  exact,    ///< to the microsecond, with a decimal fraction if needed (RFC 7519 §2)
  integer,  ///< whole seconds, rounded down, for readers that cannot parse a fraction
};

/// The port. To write a manager, override both functions. They are called from any thread.
class BaseJWTManager : public VerifiesTokens {
 public:
  virtual ~BaseJWTManager() = default;
  /// Returns a token with `claims`. May round `iat` down, but never up: JWTService compares it with
  /// the time of the session. Throws std::invalid_argument for claims that check_grant
  /// refuses, and std::length_error if the token would be longer than jose::max_token_size.
  [[nodiscard]] virtual std::string encode(const ClaimsSet& claims, TokenType type) = 0;
  /// Returns the claims of `token`, made with `verified`, if the token has that type and is valid
  /// at the time `now`. Otherwise returns the reason to refuse the token.
  [[nodiscard]] virtual result<Claims> decode(std::string_view token, TokenType type, Timestamp now,
                                              Expiry expiry = Expiry::enforced) = 0;
};

struct JWTManagerOptions {
  /// If given, set as `iss` of new tokens. A token must then have exactly this `iss`.
  std::optional<std::string> issuer{};
  /// If given, set as `aud` of new tokens. The `aud` of a token must then contain this value. If
  /// not given, a token with an `aud` is refused (RFC 7519 §4.1.3).
  std::optional<std::string> audience{};
  /// The accepted difference between the clocks of hosts, for `exp`, `nbf` and `iat`. At most 5
  /// minutes.
  std::chrono::microseconds leeway = std::chrono::seconds(30);
  /// The longest accepted `exp` − `iat` of access and refresh tokens. 0: no limit.
  std::chrono::microseconds max_access_lifetime{0};
  std::chrono::microseconds max_refresh_lifetime{0};
  /// The number of verified tokens to remember, so that an asymmetric signature is checked once and
  /// not with every request. The times and the session of a token are still checked every time. 0:
  /// none.
  std::size_t verified_tokens = 4096;
  /// Some readers store times in a 64-bit integer (some Go libraries, libjwt). They read a fraction
  /// as 0 or refuse the token. Choose `integer` if such a reader uses your tokens. A token then
  /// expires up to a second earlier, never later. `decode` accepts fractions in both cases.
  NumericDates numeric_dates = NumericDates::exact;
};

class JWTManager final : public BaseJWTManager {
 public:
  /// Throws std::invalid_argument that names the invalid option. If the ring's first key is public,
  /// the manager can only decode: `encode` throws jose::InvalidKey.
  explicit JWTManager(jose::KeyRing keys, JWTManagerOptions options = {});
  ~JWTManager() override;

  std::string encode(const ClaimsSet& claims, TokenType type) override;
  result<Claims> decode(std::string_view token, TokenType type, Timestamp now,
                        Expiry expiry = Expiry::enforced) override;

  /// Returns the ring in use. Publish `keys().public_jwks()`.
  [[nodiscard]] std::shared_ptr<const jose::KeyRing> keys() const;
  /// Replaces the ring without a restart. May be called from any thread. Tokens of keys that are no
  /// longer in the ring are refused immediately.
  void set_keys(jose::KeyRing keys);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace webtool::auth
