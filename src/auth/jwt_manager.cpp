#include <webtool/auth/jwt_manager.hpp>

#include <boost/smart_ptr/atomic_shared_ptr.hpp>
#include <boost/smart_ptr/make_shared.hpp>

#include <algorithm>
#include <stdexcept>

#include <webtool/jose/compact.hpp>

#include "auth/verified_tokens.hpp"
#include "core/option_check.hpp"

namespace webtool::auth {
namespace {

// A key ring and the tokens verified with it are replaced together.
struct Keys {
  Keys(jose::KeyRing given, std::size_t verified_tokens)
      : ring(std::move(given)),
        // Checking a MAC is as fast as a lookup.
        verified(ring.signing_key().is_symmetric() ? 0 : verified_tokens) {}

  const jose::KeyRing ring;
  VerifiedTokens verified;
};

// Rounds all times in the same direction, so that the lifetime does not change.
void round_down(ClaimsSet& claims) {
  const auto rounded = [](Timestamp time) {
    return Timestamp(std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()));
  };
  claims.exp = rounded(claims.exp);
  claims.iat = rounded(claims.iat);
  if (claims.nbf) claims.nbf = rounded(*claims.nbf);
}

void check(const JWTManagerOptions& options) {
  using namespace std::chrono_literals;
  const OptionCheck require("JWTManagerOptions");
  require(options.leeway >= 0s && options.leeway <= 5min, "leeway must be between 0 and 5 minutes");
  require(options.max_access_lifetime >= 0s, "max_access_lifetime must not be negative");
  require(options.max_refresh_lifetime >= 0s, "max_refresh_lifetime must not be negative");
  require(!options.issuer || !options.issuer->empty(), "issuer must not be empty");
  require(!options.audience || !options.audience->empty(), "audience must not be empty");
}

}  // namespace

struct JWTManager::State {
  JWTManagerOptions options;
  // Not std::atomic<std::shared_ptr>: libstdc++ 12 reads it with too weak an order to be safe.
  boost::atomic_shared_ptr<Keys> keys;

  // The checks that do not depend on the time: they decide whether a token is remembered as
  // verified.
  [[nodiscard]] boost::system::error_code check_parties(const ClaimsSet& claims) const {
    if (options.issuer && claims.iss != options.issuer) return TokenError::wrong_issuer;
    const auto& wanted = options.audience;
    const bool named =
        wanted && std::find(claims.aud.begin(), claims.aud.end(), *wanted) != claims.aud.end();
    if (wanted ? !named : !claims.aud.empty()) return TokenError::wrong_audience;
    return {};
  }

  [[nodiscard]] boost::system::error_code check_times(const ClaimsSet& claims, TokenType type,
                                                      Timestamp now, Expiry expiry) const {
    const auto longest =
        type == TokenType::access ? options.max_access_lifetime : options.max_refresh_lifetime;
    if (longest.count() > 0 && claims.exp - claims.iat > longest)
      return TokenError::lifetime_too_long;
    // A session that is rotated several times in one microsecond gets issues of later microseconds.
    constexpr std::chrono::microseconds same_moment = std::chrono::milliseconds(1);
    if (claims.iat > now + std::max(options.leeway, same_moment)) return TokenError::not_yet_valid;
    if (claims.nbf && now < *claims.nbf - options.leeway) return TokenError::not_yet_valid;
    if (expiry == Expiry::enforced && now >= claims.exp + options.leeway)
      return TokenError::expired;
    return {};
  }
};

JWTManager::JWTManager(jose::KeyRing keys, JWTManagerOptions options)
    : state_(std::make_unique<State>()) {
  check(options);
  state_->options = std::move(options);
  set_keys(std::move(keys));
}

JWTManager::~JWTManager() = default;

std::string JWTManager::encode(const ClaimsSet& claims, TokenType type) {
  check_grant(claims);
  const auto keys = state_->keys.load();
  const auto& options = state_->options;
  const bool whole_seconds = options.numeric_dates == NumericDates::integer;
  if (!options.issuer && !options.audience && !whole_seconds)
    return jose::sign_compact(keys->ring.signing_key(), media_type(type), to_json(claims));
  ClaimsSet whole = claims;
  if (options.issuer || options.audience) whole.iss = options.issuer;
  if (options.audience) whole.aud = {*options.audience};
  if (whole_seconds) round_down(whole);
  return jose::sign_compact(keys->ring.signing_key(), media_type(type), to_json(whole));
}

result<Claims> JWTManager::decode(std::string_view token, TokenType type, Timestamp now,
                                  Expiry expiry) {
  const auto keys = state_->keys.load();
  auto claims = keys->verified.find(token, type);
  if (!claims) {
    thread_local std::string payload;
    if (const auto error = jose::verify_compact(keys->ring, token, media_type(type), payload))
      return error;
    auto parsed = parse_claims(payload);
    if (parsed.has_error()) return parsed.error();
    if (const auto error = state_->check_parties(*parsed)) return error;
    claims = verified(std::move(*parsed));
    keys->verified.remember(token, type, *claims);
  }
  if (const auto error = state_->check_times(*claims, type, now, expiry)) return error;
  return std::move(*claims);
}

std::shared_ptr<const jose::KeyRing> JWTManager::keys() const {
  const auto keys = state_->keys.load();
  return {&keys->ring, [keys](const jose::KeyRing*) {}};
}

void JWTManager::set_keys(jose::KeyRing keys) {
  state_->keys.store(boost::make_shared<Keys>(std::move(keys), state_->options.verified_tokens));
}

}  // namespace webtool::auth
