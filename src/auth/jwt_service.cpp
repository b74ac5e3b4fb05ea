#include <webtool/auth/jwt_service.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>

#include <webtool/auth/store_tag.hpp>
#include <webtool/auth/token_ids.hpp>
#include <webtool/cache/redis_cache.hpp>
#include <webtool/jose/compact.hpp>
#include <webtool/jose/json.hpp>

#include "auth/json_writer.hpp"
#include "auth/jwt_service_options.hpp"

namespace webtool::auth {
namespace {

constexpr std::size_t max_note_size = 256;

// A token that the manager has verified, and the parts of its jti.
struct Trusted {
  Claims claims;
  Id session;
  Id issue;

  /// Returns the issue at which the session must be, if this is a token of that type.
  [[nodiscard]] Issue issue_of(TokenType type) const {
    const auto refresh = type == TokenType::refresh ? issue : paired_issue(issue);
    return {refresh, issue_time(claims.iat, refresh)};
  }
};

void check_note(std::string_view note) {
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  std::string as_json;
  JsonObjectWriter(as_json).member("note", note).end();
  if (note.size() > max_note_size || std::any_of(note.begin(), note.end(), is_control) ||
      !jose::parse_strict_object(as_json))
    throw std::invalid_argument(
        "note must have at most 256 bytes of UTF-8 and no control characters");
}

}  // namespace

struct JWTService::State {
  State(std::unique_ptr<SessionStore> given_store, JWTServiceOptions given)
      : options((check_options(given), std::move(given))),
        manager(make_manager(options)),
        store(std::move(given_store)) {}

  const JWTServiceOptions options;
  const std::shared_ptr<BaseJWTManager> manager;
  const std::unique_ptr<SessionStore> store;

  // A session lives longer than its tokens by the leeway, because tokens are accepted for that long
  // after `exp`.
  [[nodiscard]] std::chrono::microseconds leeway() const { return options.claims.leeway; }

  // Makes both tokens of a session's current issue. They depend only on the arguments, so that a
  // client that repeats its request within the grace receives the same pair.
  [[nodiscard]] TokenPair make_pair(const Session& session, Grant grant) const {
    ClaimsSet claims(std::move(grant));
    const Timestamp last = session.expires - leeway();
    claims.iat = session.rotated;
    claims.exp = last;
    claims.jti = session.id + session.refresh;
    TokenPair pair;
    pair.refresh = RefreshToken(manager->encode(claims, TokenType::refresh));
    claims.exp = std::min<Timestamp>(session.rotated + options.access_token_expire_time, last);
    claims.jti.assign(session.id).append(paired_issue(session.refresh));
    pair.access = AccessToken(manager->encode(claims, TokenType::access));
    return pair;
  }

  // Reports the outcome to the observer and returns it.
  template <class T>
  [[nodiscard]] result<T> report(result<T> outcome) const {
    if (options.observer)
      options.observer->token_checked(outcome.has_error() ? outcome.error()
                                                          : boost::system::error_code());
    return outcome;
  }

  [[nodiscard]] result<Trusted> trust(std::string_view token, TokenType type, Timestamp now,
                                      Expiry expiry = Expiry::enforced) const {
    auto claims = manager->decode(token, type, now, expiry);
    if (claims.has_error()) return claims.error();
    const auto ids = split_jti(claims->jti);
    // The signature is valid, but another service made the token.
    if (!ids) return TokenError::unknown_token;
    const Id session(ids->session), issue(ids->issue);
    return Trusted{std::move(*claims), session, issue};
  }

  // Returns the refresh token if `access` was issued with it. A wrong pair is refused before the
  // store is asked.
  [[nodiscard]] result<Trusted> trust_pair(std::string_view access, std::string_view refresh,
                                           Timestamp now) const {
    auto trusted = trust(refresh, TokenType::refresh, now);
    if (trusted.has_error()) return trusted.error();
    const auto other = trust(access, TokenType::access, now, Expiry::ignored);
    if (other.has_error()) return other.error();
    if (other->session != trusted->session || other->issue != paired_issue(trusted->issue) ||
        other->claims.sub != trusted->claims.sub)
      return TokenError::pair_mismatch;
    return trusted;
  }

  [[nodiscard]] SessionCheck session_of(const Trusted& trusted, TokenType type,
                                        Timestamp now) const {
    auto check = store->check_of(trusted.claims.sub, trusted.session, trusted.issue_of(type), now);
    check.observer = options.observer.get();
    return check;
  }

  [[nodiscard]] result<Claims> judge(const std::optional<Session>& session,
                                     const SessionCheck& check, Claims&& claims) const {
    if (const auto error = session_error(session, check.issue)) return report<Claims>(error);
    return report<Claims>(std::move(claims));
  }

  [[nodiscard]] awaitable<result<Claims>> validate_refresh(result<Trusted> trusted,
                                                           Timestamp now) const {
    if (trusted.has_error()) co_return report<Claims>(trusted.error());
    const auto check = session_of(*trusted, TokenType::refresh, now);
    const auto session = co_await store->find(check);
    co_return judge(session, check, std::move(trusted->claims));
  }

  [[nodiscard]] awaitable<result<TokenPair>> rotate(const Grant& data, result<Trusted> trusted,
                                                    Timestamp now) const {
    if (trusted.has_error()) co_return report<TokenPair>(trusted.error());
    auto next = narrowed(data, trusted->claims);
    if (next.has_error()) co_return report<TokenPair>(next.error());
    Rotation rotation{};
    rotation.session = trusted->session;
    rotation.presented = trusted->issue_of(TokenType::refresh);
    // Each issue is later than the one before, even if this host's clock is behind.
    rotation.rotated =
        std::max<Timestamp>(now, rotation.presented.issued + std::chrono::microseconds(1));
    const auto issue = make_issue(rotation.rotated);
    rotation.next = issue;
    rotation.now = now;
    rotation.expires = now + options.refresh_token_expire_time + leeway();
    rotation.max_age = options.session_expire_time + leeway();
    rotation.grace = options.rotation_grace;
    const auto digest = short_digest(to_json(ClaimsSet(*next)));
    rotation.claims = digest;
    // Sign first, so that the token is not spent for a pair that cannot be made.
    Session expected;
    expected.id = trusted->session;
    expected.refresh = issue;
    expected.rotated = rotation.rotated;
    expected.expires = rotation.expires;
    auto pair = make_pair(expected, *next);
    check_room(pair);
    const auto outcome = co_await store->rotate(trusted->claims.sub, rotation);
    if (outcome.has_error()) {
      if (outcome.error() == TokenError::token_reused)
        spdlog::warn("webtool: a spent refresh token was presented; its session {} was ended",
                     std::string_view(trusted->session));
      co_return report<TokenPair>(outcome.error());
    }
    if (outcome->healed) {
      spdlog::warn("webtool: the store lost the last rotation of session {}, which goes on",
                   std::string_view(trusted->session));
      if (options.observer) options.observer->session_healed();
    }
    const auto& session = outcome->session;
    // The token was already spent for a pair with other claims. A client that lost the reply
    // repeats its request with the same claims. Other claims may exceed the rights of that pair.
    if (session.refresh != issue && session.claims != digest)
      co_return report<TokenPair>(TokenError::revoked);
    if (session.refresh != issue || session.expires != rotation.expires)
      pair = make_pair(session, std::move(*next));
    co_return report<TokenPair>(std::move(pair));
  }

  // After the rotation the pair may be made again with another expiry, which may have more digits.
  static void check_room(const TokenPair& pair) {
    constexpr std::size_t digits_of_a_time = 24;
    if (std::max(pair.access.size(), pair.refresh.size()) + digits_of_a_time > jose::max_token_size)
      throw std::length_error("the token would be too large");
  }

  // Returns the claims of the next pair: the token's own claims, narrowed or replaced by `data`.
  [[nodiscard]] static result<Grant> narrowed(const Grant& data, const Grant& token) {
    if (!data.sub.empty() && data.sub != token.sub) return TokenError::subject_mismatch;
    Grant next = token;
    if (data.scope) next.scope = data.scope;
    if (!data.extra.empty()) next.extra = data.extra;
    if (!data.private_claims.empty()) next.private_claims = data.private_claims;
    // Check the arguments before the token is spent.
    check_grant(next);
    if (data.scope && !includes(token.scope, *data.scope)) return TokenError::scope_exceeded;
    return next;
  }

  [[nodiscard]] awaitable<result<std::size_t>> erase(std::string_view refresh, Target target,
                                                     std::string_view target_session = {}) const {
    const auto now = options.clock();
    const auto trusted = trust(refresh, TokenType::refresh, now);
    if (trusted.has_error()) co_return trusted.error();
    Revocation revocation{};
    revocation.session = trusted->session;
    revocation.presented = trusted->issue_of(TokenType::refresh);
    revocation.target = target;
    revocation.target_session =
        target == Target::one && target_session.empty() ? trusted->session : target_session;
    revocation.now = now;
    co_return co_await store->erase(trusted->claims.sub, revocation);
  }

  [[nodiscard]] awaitable<result<std::vector<std::string>>> search(result<Trusted> trusted,
                                                                   Timestamp now) const {
    if (trusted.has_error()) co_return trusted.error();
    const auto sessions = co_await store->list(trusted->claims.sub, now);
    const auto asking = std::find_if(sessions.begin(), sessions.end(), [&](const Session& session) {
      return session.id == trusted->session;
    });
    if (asking == sessions.end()) co_return TokenError::unknown_token;
    if (!is_current(*asking, trusted->issue_of(TokenType::refresh))) co_return TokenError::revoked;
    std::vector<std::string> jtis;
    for (const auto& session : sessions) jtis.push_back(session.id + session.refresh);
    co_return jtis;
  }
};

JWTService::JWTService(cache::BaseCache& cache, JWTServiceOptions options)
    : JWTService(make_session_store(cache), std::move(options)) {}

JWTService::JWTService(std::unique_ptr<SessionStore> store, JWTServiceOptions options)
    : state_(std::make_unique<State>(std::move(store), std::move(options))) {}

JWTService::~JWTService() = default;

RedisJWTService::RedisJWTService(cache::RedisCache& cache, JWTServiceOptions options)
    : JWTService(static_cast<cache::BaseCache&>(cache), std::move(options)) {}

BaseJWTManager& JWTService::jwt_manager() noexcept {
  return *state_->manager;
}

awaitable<TokenPair> JWTService::create_token(const Grant& data, std::string_view note) {
  check_grant(data);
  check_note(note);
  const auto& options = state_->options;
  const auto now = options.clock();
  Session session;
  session.id = make_id();
  session.refresh = make_issue(now);
  session.created = session.rotated = now;
  session.expires = now + options.refresh_token_expire_time + state_->leeway();
  session.note = note;
  // Sign first, so that no session begins whose tokens cannot be made.
  auto pair = state_->make_pair(session, data);
  co_await state_->store->save(data.sub, session, options.max_sessions, now);
  co_return pair;
}

result<Checked> JWTService::check(AccessTokenView access) {
  const auto now = state_->options.clock();
  Checked checked;
  if (state_->options.validation == Validation::stateless) {
    auto claims = state_->report(state_->manager->decode(access, TokenType::access, now));
    if (claims.has_error()) return claims.error();
    checked.claims = std::move(*claims);
    return checked;
  }
  auto trusted = state_->trust(access, TokenType::access, now);
  if (trusted.has_error()) return state_->report<Checked>(trusted.error());
  checked.session = state_->session_of(*trusted, TokenType::access, now);
  if (const auto known = state_->store->lookup_now(*checked.session)) {
    checked.session.reset();
    if (*known) return state_->report<Checked>(*known);
    checked.claims = std::move(trusted->claims);
    return state_->report<Checked>(std::move(checked));
  }
  checked.claims = std::move(trusted->claims);
  return checked;
}

awaitable<result<Claims>> JWTService::finish(Checked checked) {
  if (!checked.claims) co_return TokenError::malformed;  // `check` did not return it
  if (!checked.session) co_return std::move(*checked.claims);
  const auto session = co_await state_->store->find(*checked.session);
  co_return state_->judge(session, *checked.session, std::move(*checked.claims));
}

awaitable<result<Claims>> JWTService::validate_refresh_token(RefreshTokenView refresh) {
  const auto now = state_->options.clock();
  auto trusted = state_->trust(refresh, TokenType::refresh, now);
  co_return co_await state_->validate_refresh(std::move(trusted), now);
}

awaitable<result<Claims>> JWTService::validate_refresh_token(AccessTokenView access,
                                                             RefreshTokenView refresh) {
  const auto now = state_->options.clock();
  auto trusted = state_->trust_pair(access, refresh, now);
  co_return co_await state_->validate_refresh(std::move(trusted), now);
}

awaitable<result<TokenPair>> JWTService::update_token(const Grant& data, RefreshTokenView refresh) {
  const auto now = state_->options.clock();
  auto trusted = state_->trust(refresh, TokenType::refresh, now);
  co_return co_await state_->rotate(data, std::move(trusted), now);
}

awaitable<result<TokenPair>> JWTService::update_token(const Grant& data, AccessTokenView access,
                                                      RefreshTokenView refresh) {
  const auto now = state_->options.clock();
  auto trusted = state_->trust_pair(access, refresh, now);
  co_return co_await state_->rotate(data, std::move(trusted), now);
}

awaitable<result<void>> JWTService::invalidate_token(RefreshTokenView refresh) {
  const auto ended = co_await state_->erase(refresh, Target::one);
  if (ended.has_error()) co_return ended.error();
  co_return result<void>();
}

awaitable<result<void>> JWTService::invalidate_token(RefreshTokenView refresh,
                                                     std::string_view refresh_jti) {
  const auto ids = split_jti(refresh_jti);
  if (!ids) co_return TokenError::unknown_token;
  const auto ended = co_await state_->erase(refresh, Target::one, ids->session);
  if (ended.has_error()) co_return ended.error();
  co_return result<void>();
}

awaitable<result<std::size_t>> JWTService::invalidate_others(RefreshTokenView refresh) {
  return state_->erase(refresh, Target::others);
}

awaitable<result<std::size_t>> JWTService::invalidate_all(RefreshTokenView refresh) {
  return state_->erase(refresh, Target::all);
}

awaitable<result<std::vector<std::string>>> JWTService::search_token(RefreshTokenView refresh) {
  const auto now = state_->options.clock();
  return state_->search(state_->trust(refresh, TokenType::refresh, now), now);
}

awaitable<result<std::vector<std::string>>> JWTService::search_token(AccessTokenView access,
                                                                     RefreshTokenView refresh) {
  const auto now = state_->options.clock();
  return state_->search(state_->trust_pair(access, refresh, now), now);
}

awaitable<std::vector<SessionInfo>> JWTService::sessions(std::string_view sub,
                                                         std::string_view own_jti) {
  const auto own = split_jti(own_jti);
  const auto living = co_await state_->store->list(sub, state_->options.clock());
  std::vector<SessionInfo> infos;
  for (const auto& session : living) {
    SessionInfo info{};
    info.refresh_jti = session.id + session.refresh;
    info.created = session.created;
    info.rotated = session.rotated;
    info.expires = session.expires - state_->leeway();
    info.note = session.note;
    info.current = own && own->session == session.id;
    infos.push_back(std::move(info));
  }
  co_return infos;
}

awaitable<bool> JWTService::end_session(std::string_view sub, std::string_view jti) {
  const auto ids = split_jti(jti);
  if (!ids) co_return false;
  // A session may always end itself, so `presented` is not needed.
  Revocation revocation{};
  revocation.session = revocation.target_session = ids->session;
  revocation.now = state_->options.clock();
  const auto ended = co_await state_->store->erase(sub, revocation);
  co_return ended.has_value();
}

awaitable<void> JWTService::end_sessions(std::string_view sub) {
  return state_->store->clear(sub);
}

}  // namespace webtool::auth
