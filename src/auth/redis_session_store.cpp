// Sessions on Redis: one hash for each subject, one script for each change, one round trip for each
// operation.
//
// Every operation except erase is idempotent, so the client may send it again after a lost
// connection. A second erase would find no session and report it as unknown.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>

#include <webtool/cache/error.hpp>
#include <webtool/cache/redis_cache.hpp>
#include <webtool/jose/error.hpp>

#include <lua/session_erase.hpp>
#include <lua/session_list.hpp>
#include <lua/session_rotate.hpp>
#include <lua/session_save.hpp>

#include "auth/session_record.hpp"
#include "auth/session_stores.hpp"

namespace webtool::auth {
namespace {

using cache::refuse_reply;
using jose::TokenError;
using redis::Retry;

std::string micros(std::chrono::microseconds time) {
  return fmt::to_string(time.count());
}
std::string micros(Timestamp time) {
  return micros(time.time_since_epoch());
}

std::string_view name(Target target) {
  if (target == Target::one) return "one";
  return target == Target::others ? "others" : "all";
}

class RedisSessionStore final : public SessionStore {
 public:
  explicit RedisSessionStore(cache::RedisCache& cache) : cache_(cache), client_(cache.client()) {}

  awaitable<void> save(std::string_view sub, const Session& session, std::size_t max_sessions,
                       Timestamp now) override {
    const auto time = micros(now);
    const auto record = pack(session);
    const auto most = fmt::to_string(max_sessions);
    const std::string_view arguments[] = {time, session.id, record, most};
    co_await run(save_, sub, arguments, Retry::if_idempotent);
    if (!eviction_checked_.exchange(true)) co_await check_eviction();
  }

  awaitable<result<Rotated>> rotate(std::string_view sub, const Rotation& rotation) override {
    const auto now = micros(rotation.now);
    const auto issued = micros(rotation.presented.issued);
    const auto rotated = micros(rotation.rotated);
    const auto expires = micros(rotation.expires);
    const auto max_age = micros(rotation.max_age);
    const auto grace = micros(rotation.grace);
    const std::string_view arguments[] = {now,
                                          rotation.session,
                                          rotation.presented.refresh,
                                          issued,
                                          rotation.next,
                                          rotated,
                                          expires,
                                          max_age,
                                          grace,
                                          rotation.claims};
    const auto reply = co_await run(rotate_, sub, arguments, Retry::if_idempotent);
    const auto* text = reply.string();
    if (text == nullptr) refuse_reply();
    if (*text == "unknown") co_return TokenError::unknown_token;
    if (*text == "reused") co_return TokenError::token_reused;
    constexpr std::string_view healed = "healed ";
    const bool is_healed = text->starts_with(healed);
    auto session =
        unpack(rotation.session, std::string_view(*text).substr(is_healed ? healed.size() : 0));
    if (!session) refuse_reply();
    co_return Rotated{std::move(*session), is_healed};
  }

  awaitable<result<std::size_t>> erase(std::string_view sub,
                                       const Revocation& revocation) override {
    const auto now = micros(revocation.now);
    const auto issued = micros(revocation.presented.issued);
    const std::string_view arguments[] = {
        now,    revocation.session,      revocation.presented.refresh,
        issued, name(revocation.target), revocation.target_session};
    const auto reply = co_await run(erase_, sub, arguments, Retry::never);
    if (const auto* count = reply.integer()) co_return static_cast<std::size_t>(*count);
    const auto* text = reply.string();
    if (text == nullptr) refuse_reply();
    if (*text == "unknown") co_return TokenError::unknown_token;
    if (*text == "revoked") co_return TokenError::revoked;
    refuse_reply();
  }

  awaitable<void> clear(std::string_view sub) override {
    const redis::Command command("DEL", redis::Key(key_of(sub)));
    (void)cache::reply_of(client_, co_await client_.execute(command, Retry::if_idempotent));
  }

  SessionCheck check_of(std::string_view sub, std::string_view session, const Issue& issue,
                        Timestamp now) const override {
    return {&client_, key_of(sub), Id(session), issue, now};
  }

  awaitable<std::optional<Session>> find(const SessionCheck& check) override {
    const redis::Command command("HGET", redis::Key(check.key), check.session);
    const auto reply =
        cache::reply_of(client_, co_await client_.execute(command, Retry::if_idempotent));
    std::optional<Session> session;
    if (const auto* record = reply.string()) session = unpack(check.session, *record);
    if (session && session->expires <= check.now) session.reset();
    co_return session;
  }

  awaitable<std::vector<Session>> list(std::string_view sub, Timestamp now) override {
    const auto time = micros(now);
    const std::string_view arguments[] = {time};
    const auto reply = co_await run(list_, sub, arguments, Retry::if_idempotent);
    const auto* flat = reply.array();
    if (flat == nullptr) refuse_reply();
    std::vector<Session> sessions;
    for (std::size_t i = 0; i + 1 < flat->size(); i += 2) {
      const auto* id = (*flat)[i].string();
      const auto* record = (*flat)[i + 1].string();
      if (id == nullptr || record == nullptr) refuse_reply();
      if (auto session = unpack(*id, *record)) sessions.push_back(std::move(*session));
    }
    sort_by_age(sessions);
    co_return sessions;
  }

 private:
  [[nodiscard]] std::string key_of(std::string_view sub) const {
    return cache_.key(session_key(sub));
  }

  awaitable<redis::Reply> run(const redis::Script& script, std::string_view sub,
                              std::span<const std::string_view> arguments, Retry retry) {
    const auto key = key_of(sub);
    const std::string_view keys[] = {key};
    co_return cache::reply_of(client_, co_await client_.evaluate(script, keys, arguments, retry));
  }

  // A server that evicts keys ends sessions when its memory runs short. That is safe but
  // unexpected, so it is logged once. A failure of this check has no effect.
  awaitable<void> check_eviction() {
    const redis::Command info("INFO", "memory");
    const auto reply = co_await client_.execute(info);
    const auto* text = reply.has_value() ? reply->string() : nullptr;
    constexpr std::string_view field = "maxmemory_policy:";
    const auto at = text == nullptr ? std::string::npos : text->find(field);
    if (at == std::string::npos) co_return;
    const auto from = at + field.size();
    const auto policy = text->substr(from, text->find_first_of("\r\n", from) - from);
    if (policy != "noeviction" && policy != "volatile-ttl")
      spdlog::warn(
          "webtool: Redis has maxmemory-policy {} and may end sessions when memory runs short; "
          "use noeviction or volatile-ttl",
          policy);
  }

  const cache::RedisCache& cache_;
  redis::Client& client_;
  std::atomic<bool> eviction_checked_{false};
  const redis::Script save_{lua::session_save};
  const redis::Script rotate_{lua::session_rotate};
  const redis::Script erase_{lua::session_erase};
  const redis::Script list_{lua::session_list};
};

}  // namespace

std::unique_ptr<SessionStore> make_redis_session_store(cache::RedisCache& cache) {
  return std::make_unique<RedisSessionStore>(cache);
}

}  // namespace webtool::auth
