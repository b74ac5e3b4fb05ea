#include <webtool/auth/session_store.hpp>

#include <webtool/cache/redis_cache.hpp>
#include <webtool/jose/error.hpp>

#include "auth/session_stores.hpp"

namespace webtool::auth {

std::optional<boost::system::error_code> SessionStore::lookup_now(const SessionCheck&) const {
  return std::nullopt;
}

bool is_current(const Session& session, const Issue& issue) {
  if (issue.refresh == session.refresh) return true;
  // The previous issue is spent for certain. Its time may be later only if a version that did not
  // order the times has rotated the session on a host whose clock was behind.
  return issue.refresh != session.previous && issue.issued > session.rotated;
}

boost::system::error_code session_error(const std::optional<Session>& session, const Issue& issue) {
  if (!session) return jose::TokenError::unknown_token;
  if (!is_current(*session, issue)) return jose::TokenError::revoked;
  return {};
}

// Only the cache decides which store is used. So two services on one cache see the same sessions,
// even if their classes differ.
std::unique_ptr<SessionStore> make_session_store(cache::BaseCache& cache) {
  if (auto* const redis = dynamic_cast<cache::RedisCache*>(&cache))
    return make_redis_session_store(*redis);
  return make_document_session_store(cache);
}

}  // namespace webtool::auth
