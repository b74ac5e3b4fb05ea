// Where the contract of databases is tried: every database, through SyncDB and through AsyncDB.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include <webtool/db/async_db.hpp>
#include <webtool/db/migration.hpp>
#include <webtool/db/sync_db.hpp>

#include "support/postgres_server.hpp"
#include "support/run.hpp"
#include "support/temporary_folder.hpp"

namespace webtool::db {

struct OnSqlite {
  static constexpr Backend backend = Backend::sqlite;

  [[nodiscard]] std::string url() const { return "sqlite:///" + (folder / "db").string(); }

  test::TemporaryFolder folder{"sqlite"};
};

struct OnPostgresql {
  static constexpr Backend backend = Backend::postgresql;

  [[nodiscard]] std::string url() const { return url_; }

  std::string url_ = test::shared_postgres().make_database();
};

/// A database that runs a function in a session, whichever way.
struct Synchronously {
  Synchronously(const std::string& url, Options options) : db(url, options) {}
  template <class Work>
  auto run(Work work, Access access = Access::read_write) {
    Session session = db.session(access);
    return work(session);
  }
  void init(std::span<const Migration> migrations) { init_db(db, migrations); }

  SyncDB db;
};

struct Asynchronously {
  Asynchronously(const std::string& url, Options options) : db(url, options) {}
  /// From any thread: each has an event loop of its own.
  template <class Work>
  auto run(Work work, Access access = Access::read_write) {
    return test::Loop().run(db.run(work, access));
  }
  void init(std::span<const Migration> migrations) { test::Loop().run(init_db(db, migrations)); }

  AsyncDB db;
};

template <class Where_, class How_>
struct Combined {
  using Where = Where_;
  using How = How_;
};
using Places =
    testing::Types<Combined<OnSqlite, Synchronously>, Combined<OnSqlite, Asynchronously>,
                   Combined<OnPostgresql, Synchronously>, Combined<OnPostgresql, Asynchronously>>;

template <class Place>
class DbContract : public testing::Test {
 protected:
  using Database = typename Place::How;

  [[nodiscard]] Database open(Options options = {}) const { return {where_.url(), options}; }

  /// A table `items (id, name)`, name being unique.
  void make_items() {
    db_.run([](Session& session) {
      session.execute(
          "CREATE TABLE items (id INTEGER PRIMARY KEY, name VARCHAR(100) UNIQUE NOT NULL,"
          " size INTEGER CHECK (size >= 0))");
      session.commit();
    });
  }
  static void add(Session& session, int id, const std::string& name) {
    session.execute("INSERT INTO items (id, name) VALUES (:id, :name)",
                    {{"id", id}, {"name", name}});
  }
  static int count(Session& session) {
    return std::get<0>(*session.query_one<int>("SELECT count(*) FROM items"));
  }
  int count() {
    return db_.run([](Session& session) { return count(session); });
  }

  typename Place::Where where_;
  Database db_ = open();
};

/// Which error `work` ends with.
template <class Work>
Error error_of(Work work) {
  try {
    work();
  } catch (const DatabaseError& error) {
    return error.error();
  }
  throw std::logic_error("there was no error");
}

#define EXPECT_DB_ERROR(expected, ...) EXPECT_EQ(error_of([&] { (void)(__VA_ARGS__); }), (expected))

}  // namespace webtool::db
