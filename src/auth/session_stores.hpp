// The session stores between which make_session_store chooses.
#pragma once

#include <memory>

#include <webtool/auth/session_store.hpp>

namespace webtool::cache {
class RedisCache;
}

namespace webtool::auth {

/// Returns the store on any cache: one document for each subject, changed by compare-and-set.
[[nodiscard]] std::unique_ptr<SessionStore> make_document_session_store(cache::BaseCache& cache);

/// Returns the store on Redis: one hash for each subject, one script for each change.
[[nodiscard]] std::unique_ptr<SessionStore> make_redis_session_store(cache::RedisCache& cache);

}  // namespace webtool::auth
