#include <webtool/db/migration.hpp>

#include <openssl/sha.h>

#include <array>
#include <stdexcept>

namespace webtool::db {
namespace {

void check(std::span<const Migration> migrations) {
  int last = 0;
  for (const auto& migration : migrations) {
    if (migration.number <= last)
      throw std::invalid_argument("the numbers of migrations must be positive and ascending");
    last = migration.number;
  }
}

/// The digest shows whether a later version of the program has changed the text of a migration.
std::string digest_of(const std::string& sql) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(sql.data()), sql.size(), digest.data());
  std::string text;
  for (const unsigned char byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

/// Only one process at a time may read and apply migrations, until its transaction ends. On SQLite
/// a read-write session already excludes all other writers.
void exclude_others(Session& session) {
  if (session.backend() == Backend::postgresql)
    session.execute_script("SELECT pg_advisory_xact_lock(x'77656274'::int, x'6f6f6c00'::int)");
}

void make_record(Session& session) {
  exclude_others(session);
  session.execute_script(
      "CREATE TABLE IF NOT EXISTS webtool_migrations (number INTEGER PRIMARY KEY,"
      " digest TEXT NOT NULL, applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)");
  session.commit();
}

void run_script(Session& session, const std::string& sql) {
  auto savepoint = session.savepoint();
  session.execute_script(sql);
  try {
    savepoint.release();
  } catch (const DatabaseError&) {  // no such savepoint: the script has ended the transaction
    throw DatabaseError(Error::migration_invalid);
  }
}

void apply(Session& session, const Migration& migration) {
  exclude_others(session);
  const std::string digest = digest_of(migration.sql);
  const auto recorded =
      session.query_one<std::string>("SELECT digest FROM webtool_migrations WHERE number = :number",
                                     {{"number", migration.number}});
  if (recorded && std::get<0>(*recorded) != digest) throw DatabaseError(Error::migration_changed);
  if (recorded) return;
  run_script(session, migration.sql);
  session.execute("INSERT INTO webtool_migrations (number, digest) VALUES (:number, :digest)",
                  {{"number", migration.number}, {"digest", digest}});
  session.commit();
}

}  // namespace

void init_db(SyncDB& db, std::span<const Migration> migrations) {
  check(migrations);
  {
    Session session = db.session();
    make_record(session);
  }
  for (const auto& migration : migrations) {
    Session session = db.session();
    apply(session, migration);
  }
}

awaitable<void> init_db(AsyncDB& db, std::span<const Migration> migrations) {
  check(migrations);
  co_await db.run(make_record);
  for (const auto& migration : migrations) {
    const auto work = [&](Session& session) { apply(session, migration); };
    co_await db.run(work);
  }
}

}  // namespace webtool::db
