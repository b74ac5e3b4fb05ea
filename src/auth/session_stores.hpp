// The ways to keep sessions, one of which make_session_store chooses.
#pragma once

#include <memory>

#include <webtool/auth/session_store.hpp>

namespace webtool::cache {
class RedisCache;
}

namespace webtool::auth {

/// The store on any cache: one document a subject, changed by compare-and-set.
[[nodiscard]] std::unique_ptr<SessionStore> make_document_session_store(cache::BaseCache& cache);

/// The store on Redis: one hash a subject, one script a change.
[[nodiscard]] std::unique_ptr<SessionStore> make_redis_session_store(cache::RedisCache& cache);

}  // namespace webtool::auth
