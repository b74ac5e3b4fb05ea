// The size of the connection pool and the timeouts of a database object.
#pragma once

#include <chrono>
#include <cstddef>

namespace webtool::db {

struct Options {
  /// The maximum number of connections. Each is opened when it is first needed. AsyncDB has the
  /// same number of threads. A database in memory has one connection, because a second connection
  /// would open a second database.
  std::size_t pool_size = 5;
  /// How long a session waits for a free connection before `Error::pool_timeout`.
  std::chrono::milliseconds acquire_timeout = std::chrono::seconds(10);
  /// If an idle connection has died, the session that begins on it gets a new connection instead of
  /// an error. This costs nothing, because the BEGIN statement is the ping.
  bool pre_ping = true;
  /// A statement that takes longer ends with `Error::statement_timeout`. 0 means no limit.
  std::chrono::milliseconds statement_timeout = std::chrono::seconds(30);

  /// PostgreSQL: the time limit to open a connection (libpq counts whole seconds, at least 2).
  std::chrono::seconds connect_timeout{5};

  /// SQLite: uses a write-ahead log, so that readers and a writer do not wait for each other.
  bool sqlite_wal = true;
  /// SQLite: enforces foreign keys.
  bool sqlite_foreign_keys = true;
  /// SQLite: how long to wait for a lock of another connection before `Error::locked`.
  std::chrono::milliseconds sqlite_busy_timeout = std::chrono::seconds(5);
};

}  // namespace webtool::db
