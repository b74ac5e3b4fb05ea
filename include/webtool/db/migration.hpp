// The schema, as numbered steps. Each is applied once, in a transaction of its own that also
// records it, however many processes start together.
#pragma once

#include <span>
#include <string>

#include <webtool/db/async_db.hpp>
#include <webtool/db/sync_db.hpp>

namespace webtool::db {

struct Migration {
  /// Its place in the order; 1 or more. Numbers need not be consecutive.
  int number = 0;
  /// SQL, several statements if need be; no BEGIN, COMMIT or the like.
  std::string sql{};
};

/// Applies those of `migrations` that are not recorded in the table `webtool_migrations` yet, in
/// order. One that fails leaves nothing behind and those before it applied; DatabaseError says why.
/// One whose text is not the one that was applied is `Error::migration_changed`. What others have
/// applied (a newer version of the program) is left alone. Throws std::invalid_argument unless the
/// numbers ascend.
void init_db(SyncDB& db, std::span<const Migration> migrations);
[[nodiscard]] awaitable<void> init_db(AsyncDB& db, std::span<const Migration> migrations);

}  // namespace webtool::db
