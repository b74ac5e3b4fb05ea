#include <webtool/db/sync_db.hpp>

#include "db/session_impl.hpp"

namespace webtool::db {

SyncDB::SyncDB(std::string_view url, Options options)
    : pool_(std::make_shared<Pool>(url, options)) {}

SyncDB::~SyncDB() {
  close();
}

Session SyncDB::session(Access access) {
  return SessionMaker::make(pool_->acquire(), access);
}

void SyncDB::close() noexcept {
  pool_->close();
}

Backend SyncDB::backend() const noexcept {
  return pool_->backend();
}

}  // namespace webtool::db
