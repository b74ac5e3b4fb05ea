// Which store a cache's sessions are in. Both services ask here, so that two services on one cache
// see the same sessions, whichever class each of them is.
#include <webtool/cache/redis_cache.hpp>

#include "auth/session_stores.hpp"

namespace webtool::auth {

std::unique_ptr<SessionStore> make_session_store(cache::BaseCache& cache) {
  if (auto* const redis = dynamic_cast<cache::RedisCache*>(&cache))
    return make_redis_session_store(*redis);
  return make_document_session_store(cache);
}

}  // namespace webtool::auth
