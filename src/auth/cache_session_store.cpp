// Sessions on any cache. The sessions of a subject are one document with a line for each session:
// "id record".
//
// Every change reads the document, edits it, and writes it only if no other process has changed it
// since. Otherwise the change starts again. So every change is atomic on any store with
// compare-and-set. There is no lease that could expire between reading and writing.
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <functional>

#include <webtool/cache/base_cache.hpp>
#include <webtool/cache/error.hpp>
#include <webtool/jose/error.hpp>

#include "auth/session_record.hpp"
#include "auth/session_stores.hpp"
#include "core/backoff.hpp"
#include "core/random.hpp"
#include "core/timer.hpp"

namespace webtool::auth {
namespace {

using jose::TokenError;
using namespace std::chrono_literals;
using Sessions = std::vector<Session>;

// An attempt fails only if another one succeeded. So many failures in a row mean that the store
// does not work correctly.
constexpr int max_attempts = 200;
constexpr std::chrono::microseconds min_wait = 1ms;
constexpr std::chrono::microseconds max_wait = 64ms;

std::string write(const Sessions& sessions) {
  std::string document;
  for (const auto& session : sessions) {
    document += session.id;
    document += ' ';
    document += pack(session);
    document += '\n';
  }
  return document;
}

// Calls `visit(id, record)` for each line until it returns true.
template <class Visit>
void for_each_line(std::string_view document, Visit visit) {
  while (!document.empty()) {
    const auto end = std::min(document.find('\n'), document.size());
    const auto line = document.substr(0, end);
    document.remove_prefix(std::min(end + 1, document.size()));
    const auto space = line.find(' ');
    if (space == std::string_view::npos) continue;
    if (visit(line.substr(0, space), line.substr(space + 1))) return;
  }
}

bool lives(const Session& session, Timestamp now) {
  return session.expires > now;
}

Sessions read(std::string_view document) {
  Sessions sessions;
  const auto keep = [&](std::string_view id, std::string_view record) {
    if (auto session = unpack(id, record)) sessions.push_back(std::move(*session));
    return false;
  };
  for_each_line(document, keep);
  return sessions;
}

Sessions::iterator find_living(Sessions& sessions, std::string_view id, Timestamp now) {
  return std::find_if(sessions.begin(), sessions.end(), [&](const Session& session) {
    return session.id == id && lives(session, now);
  });
}

class CacheSessionStore final : public SessionStore {
 public:
  explicit CacheSessionStore(cache::BaseCache& cache) : cache_(cache) {}

  awaitable<void> save(std::string_view sub, const Session& session, std::size_t max_sessions,
                       Timestamp now) override {
    const Edit edit = [&](Sessions& sessions) {
      std::erase_if(sessions, [&](const Session& other) { return other.id == session.id; });
      sort_by_age(sessions);
      std::stable_partition(sessions.begin(), sessions.end(),
                            [now](const Session& other) { return !lives(other, now); });
      if (sessions.size() >= max_sessions)
        sessions.erase(sessions.begin(),
                       sessions.begin() + static_cast<long>(sessions.size() - max_sessions + 1));
      sessions.push_back(session);
      return true;
    };
    co_await change(sub, now, edit);
  }

  awaitable<result<Rotated>> rotate(std::string_view sub, const Rotation& rotation) override {
    result<Rotated> outcome = TokenError::unknown_token;
    const Edit edit = [&](Sessions& sessions) {
      outcome = TokenError::unknown_token;
      const auto session = find_living(sessions, rotation.session, rotation.now);
      if (session == sessions.end()) return false;
      const std::string_view presented = rotation.presented.refresh;
      if (is_current(*session, rotation.presented)) {
        const bool healed = session->refresh != presented;
        session->previous = presented;
        session->refresh = rotation.next;
        session->claims = rotation.claims;
        session->rotated = rotation.rotated;
        session->expires = std::min(rotation.expires, session->created + rotation.max_age);
        outcome = Rotated{*session, healed};
        return true;
      }
      // The same call again, or a client that lost the reply: nothing changes. A grace of 0 must
      // not apply at all, even if this host's clock is behind the clock of the host that rotated.
      const bool same_call = session->refresh == rotation.next;
      const bool in_grace =
          rotation.grace.count() > 0 && rotation.now < session->rotated + rotation.grace;
      if (session->previous == presented && (same_call || in_grace)) {
        outcome = Rotated{*session};
        return false;
      }
      outcome = TokenError::token_reused;
      sessions.erase(session);
      return true;
    };
    co_await change(sub, rotation.now, edit);
    co_return outcome;
  }

  awaitable<result<std::size_t>> erase(std::string_view sub,
                                       const Revocation& revocation) override {
    result<std::size_t> outcome = TokenError::unknown_token;
    const Edit edit = [&](Sessions& sessions) {
      outcome = TokenError::unknown_token;
      const auto is_target = [&](const Session& session) {
        return revocation.target == Target::all ||
               (revocation.target == Target::others && session.id != revocation.session) ||
               session.id == revocation.target_session;
      };
      const auto is_living_target = [&](const Session& session) {
        return is_target(session) && lives(session, revocation.now);
      };
      const auto asking = find_living(sessions, revocation.session, revocation.now);
      const bool one = revocation.target == Target::one;
      const auto living = std::count_if(sessions.begin(), sessions.end(), is_living_target);
      if (asking == sessions.end() || (one && living == 0)) return false;
      const bool own = one && revocation.target_session == revocation.session;
      if (!own && !is_current(*asking, revocation.presented)) {
        outcome = TokenError::revoked;
        return false;
      }
      outcome = static_cast<std::size_t>(living);
      return std::erase_if(sessions, is_target) > 0;
    };
    co_await change(sub, revocation.now, edit);
    co_return outcome;
  }

  awaitable<void> clear(std::string_view sub) override {
    const auto key = document_key(sub);
    (void)co_await cache_.erase(key);
  }

  SessionCheck check_of(std::string_view sub, std::string_view session, const Issue& issue,
                        Timestamp now) const override {
    return {nullptr, document_key(sub), Id(session), issue, now};
  }

  awaitable<std::optional<Session>> find(const SessionCheck& check) override {
    const auto document = co_await cache_.get(check.key);
    std::optional<Session> found;
    if (!document) co_return found;
    const auto take_match = [&](std::string_view other, std::string_view record) {
      if (other != std::string_view(check.session)) return false;
      found = unpack(check.session, record);
      return true;
    };
    for_each_line(*document, take_match);
    if (found && !lives(*found, check.now)) found.reset();
    co_return found;
  }

  awaitable<std::vector<Session>> list(std::string_view sub, Timestamp now) override {
    const auto key = document_key(sub);
    const auto document = co_await cache_.get(key);
    Sessions sessions;
    if (document) sessions = read(*document);
    std::erase_if(sessions, [now](const Session& session) { return !lives(session, now); });
    sort_by_age(sessions);
    co_return sessions;
  }

 private:
  // Edits the sessions and returns whether to write them. May be called several times, each time
  // with sessions that were just read.
  using Edit = std::function<bool(Sessions&)>;

  awaitable<void> change(std::string_view sub, Timestamp now, const Edit& edit) {
    const auto key = document_key(sub);
    Backoff backoff(min_wait, max_wait);
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
      if (attempt > 0) {
        SteadyTimer timer(co_await boost::asio::this_coro::executor);
        timer.expires_after(backoff.next(random_chance()));
        co_await timer.async_wait(use_awaitable);
      }
      const auto document = co_await cache_.get(key);
      Sessions sessions;
      if (document) sessions = read(*document);
      drop_expired(sessions, now);
      if (!edit(sessions)) co_return;
      const bool committed = co_await commit(key, document, sessions);
      if (committed) co_return;
    }
    throw cache::StoreUnavailable(
        make_error_code(boost::system::errc::resource_unavailable_try_again));
  }

  // Removes the sessions that have expired by the host's clock and by the cache's. If the cache's
  // clock is unknown, sessions stay until there are too many or the entry expires.
  void drop_expired(Sessions& sessions, Timestamp now) const {
    const auto by_cache = cache_.now();
    if (!by_cache) return;
    const auto by_both = std::min(now, *by_cache);
    std::erase_if(sessions, [&](const Session& session) { return !lives(session, by_both); });
  }

  // Returns true if the document was still `before` and now holds `sessions`.
  awaitable<bool> commit(std::string_view key, const std::optional<std::string>& before,
                         const Sessions& sessions) {
    if (sessions.empty()) {
      if (!before) co_return true;
      co_return co_await cache_.erase(key, *before);
    }
    // The lifetime of a session is counted from its last rotation, by the clock of the host that
    // rotated it. So a wrong clock of another host cannot shorten the life of all sessions.
    std::chrono::microseconds longest{1};
    for (const auto& session : sessions)
      longest = std::max(longest, session.expires - session.rotated);
    cache::SetOptions options;
    options.ex = std::chrono::ceil<std::chrono::milliseconds>(longest);
    if (before)
      options.if_equal = *before;
    else
      options.nx = true;
    const auto document = write(sessions);
    co_return co_await cache_.set(key, document, options);
  }

  cache::BaseCache& cache_;
};

}  // namespace

std::unique_ptr<SessionStore> make_document_session_store(cache::BaseCache& cache) {
  return std::make_unique<CacheSessionStore>(cache);
}

}  // namespace webtool::auth
