// How many connections a database object keeps, and how patient it is with them.
#pragma once

#include <chrono>
#include <cstddef>

namespace webtool::db {

struct Options {
  /// Connections at most; each is opened when it is first needed. AsyncDB has as many threads. A
  /// database in memory has one: another connection would be another database.
  std::size_t pool_size = 5;
  /// How long a session waits for a free connection before `Error::pool_timeout`.
  std::chrono::milliseconds acquire_timeout = std::chrono::seconds(10);
  /// A connection that died while idle is replaced when a session begins on it, instead of failing
  /// that session. It costs nothing: the BEGIN is the ping.
  bool pre_ping = true;
  /// A statement that takes longer ends with `Error::statement_timeout`; 0: as long as it takes.
  std::chrono::milliseconds statement_timeout = std::chrono::seconds(30);

  /// PostgreSQL: how long opening a connection may take (libpq counts whole seconds, 2 at least).
  std::chrono::seconds connect_timeout{5};

  /// SQLite: write-ahead log, so that readers and a writer do not wait for each other.
  bool sqlite_wal = true;
  /// SQLite: foreign keys are enforced.
  bool sqlite_foreign_keys = true;
  /// SQLite: how long to wait for another's lock before `Error::locked`.
  std::chrono::milliseconds sqlite_busy_timeout = std::chrono::seconds(5);
};

}  // namespace webtool::db
