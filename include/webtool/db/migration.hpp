// The database schema as numbered migrations. Each migration is applied once, even if several
// processes start at the same time. The transaction that applies it also records it.
#pragma once

#include <span>
#include <string>

#include <webtool/db/async_db.hpp>
#include <webtool/db/sync_db.hpp>

namespace webtool::db {

struct Migration {
  /// The position in the order, at least 1. Numbers may have gaps.
  int number = 0;
  /// One or more SQL statements, without BEGIN, COMMIT or similar statements.
  std::string sql{};
};

/// Applies, in order, the `migrations` that the table `webtool_migrations` does not record yet. If
/// a migration fails, its changes are rolled back, the migrations before it stay applied, and
/// init_db throws DatabaseError. If the text of an applied migration has changed, the error is
/// `Error::migration_changed`. Recorded migrations that are not in `migrations` (from a newer
/// version of the program) are ignored. Throws std::invalid_argument unless the numbers are
/// positive and ascending.
void init_db(SyncDB& db, std::span<const Migration> migrations);
[[nodiscard]] awaitable<void> init_db(AsyncDB& db, std::span<const Migration> migrations);

}  // namespace webtool::db
