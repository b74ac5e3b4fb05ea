// What only one of the databases can do to a session, or for it.
#include <thread>

#include "contract/db_places.hpp"

namespace webtool::db {
namespace {

using namespace std::chrono_literals;

void read(Session& session) {
  (void)session.query<int>("SELECT 1");
}

template <class How>
class DbPostgresql : public testing::Test {
 protected:
  DbPostgresql() {
    db_.run([](Session& session) {
      session.execute("CREATE TABLE items (id INTEGER)");
      session.commit();
    });
  }
  How open(Options options = {}) { return {where_.url(), options}; }
  int items() {
    return db_.run([](Session& session) {
      return std::get<0>(*session.query_one<int>("SELECT count(*) FROM items"));
    });
  }

  test::PostgresServer& server_ = test::shared_postgres();
  OnPostgresql where_;
  How db_ = open();
};
using Hows = testing::Types<Synchronously, Asynchronously>;
TYPED_TEST_SUITE(DbPostgresql, Hows);

TYPED_TEST(DbPostgresql, ItsOwnSyntaxIsRead) {
  this->db_.run([](Session& session) {
    const auto number = [&](const char* sql, std::initializer_list<Param> params = {}) {
      return std::get<0>(*session.query_one<std::int64_t>(sql, params));
    };
    EXPECT_EQ(number("SELECT array_length((ARRAY[7,8,9])[1:2], 1)::bigint"), 2);
    EXPECT_EQ(number("SELECT ((ARRAY[7,8,9])[1:2])[:n]::bigint", {{"n", 2}}), 8);
    EXPECT_EQ(
        number("SELECT array_length((ARRAY[7,8,9])[:a : :b], 1)::bigint", {{"a", 2}, {"b", 3}}), 2);
    EXPECT_EQ(number("SELECT length($t$ it's :a; $t$)::bigint /* /* ' */ */"), 10);
    EXPECT_EQ(number("SELECT length(E'\\' :a')::bigint + :n::bigint + :n", {{"n", 1}}), 6);
    EXPECT_EQ(number("SELECT 1; -- done"), 1);
    EXPECT_DB_ERROR(Error::bad_statement, number("SELECT $1::bigint"), 0);
  });
}

TYPED_TEST(DbPostgresql, AConnectionKilledWhileIdleIsReplaced) {
  for (int i = 0; i < 3; ++i) {
    this->db_.run(read);
    this->server_.end_connections();
  }
  EXPECT_EQ(this->items(), 0);
}

TYPED_TEST(DbPostgresql, WithoutPrePingItFailsOnce) {
  Options options;
  options.pre_ping = false;
  auto db = this->open(options);
  db.run(read);
  this->server_.end_connections();
  EXPECT_DB_ERROR(Error::connection_lost, db.run(read), 0);
  db.run(read);
}

TYPED_TEST(DbPostgresql, AConnectionKilledInMidTransactionWritesNothing) {
  this->db_.run([&](Session& session) {
    session.execute("INSERT INTO items (id) VALUES (1)");
    auto savepoint = session.savepoint();
    this->server_.end_connections();
    EXPECT_DB_ERROR(Error::connection_lost, session.execute("INSERT INTO items (id) VALUES (2)"));
    EXPECT_DB_ERROR(Error::transaction_failed, session.execute("SELECT 1"));
    EXPECT_DB_ERROR(Error::connection_lost, savepoint.rollback(), 0);
    EXPECT_DB_ERROR(Error::transaction_failed, session.commit(), 0);
  });
  EXPECT_EQ(this->items(), 0);
}

TYPED_TEST(DbPostgresql, AConnectionLostAtCommitLeavesItOpen) {
  this->db_.run([&](Session& session) {
    session.execute("INSERT INTO items (id) VALUES (1)");
    this->server_.end_connections();
    EXPECT_DB_ERROR(Error::outcome_unknown, session.commit(), 0);
  });
  EXPECT_EQ(this->items(), 0);
}

TYPED_TEST(DbPostgresql, ServerGoesAndComes) {
  test::PostgresServer server;
  TypeParam db(server.make_database(), {});
  db.run(read);
  server.kill();
  EXPECT_DB_ERROR(Error::connect_failed, db.run(read), 0);
  EXPECT_DB_ERROR(Error::connect_failed, db.run(read), 0);
  server.restart();
  db.run(read);
}

TYPED_TEST(DbPostgresql, DeferredConstraintsFailTheCommit) {
  this->db_.run([](Session& session) {
    session.execute("CREATE TABLE later (id INTEGER UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    session.commit();
  });
  this->db_.run([](Session& session) {
    session.execute("INSERT INTO later (id) VALUES (1), (1)");
    EXPECT_DB_ERROR(Error::unique_violation, session.commit(), 0);
  });
  this->db_.run(read);
}

TYPED_TEST(DbPostgresql, DeadlocksAreBroken) {
  this->db_.run([](Session& session) {
    session.execute("INSERT INTO items (id) VALUES (1), (2)");
    session.commit();
  });
  std::atomic<int> locked = 0, ready = 0;
  const auto both = [&](int first, int second) {
    try {
      this->db_.run([&](Session& session) {
        const auto lock = "UPDATE items SET id = id WHERE id = :id";
        session.execute(lock, {{"id", first}});
        for (++ready; ready < 2;) std::this_thread::yield();
        session.execute(lock, {{"id", second}});
      });
    } catch (const DatabaseError& error) {
      if (error.error() == Error::locked) ++locked;
    }
  };
  std::thread other([&] { both(2, 1); });
  both(1, 2);
  other.join();
  EXPECT_EQ(locked, 1);
}

TYPED_TEST(DbPostgresql, SettingsDoNotOutliveTheirSession) {
  Options options;
  options.pool_size = 1;
  auto db = this->open(options);
  db.run([](Session& session) {
    session.execute("SET search_path TO nowhere");
    session.commit();
  });
  db.run([](Session& session) { session.execute("SELECT id FROM items"); });
}

TEST(DbPostgresqlUrl, SecretsStayInside) {
  const auto url = test::shared_postgres().make_database();
  const auto at = url.find("secret");
  const std::string wrong = url.substr(0, at) + "hunter2" + url.substr(at + 6);
  SyncDB db(wrong);
  try {
    (void)db.session();
    FAIL();
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.error(), Error::connect_failed);
    EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos) << error.what();
    EXPECT_EQ(error.detail().find("hunter2"), std::string::npos) << error.detail();
  }
}

TEST(DbPostgresqlUrl, ErrorsQuoteNoValues) {
  SyncDB db(test::shared_postgres().make_database());
  Session session = db.session();
  try {
    (void)session.query<int>("SELECT CAST(:value AS INTEGER)", {{"value", "hunter2"}});
    FAIL();
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.error(), Error::bad_value);
    EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos) << error.what();
  }
}

TEST(DbPostgresqlUrl, UnixSocketAndParameters) {
  auto& server = test::shared_postgres();
  const auto url = server.make_database();
  const auto name = url.substr(url.rfind('/') + 1);
  std::string folder = server.directory().string();
  for (std::size_t i = 0; (i = folder.find('/', i)) != std::string::npos; i += 3)
    folder.replace(i, 1, "%2F");
  SyncDB db("postgresql://tester@:" + std::to_string(server.port()) + "/" + name +
            "?host=" + folder + "&application_name=it's%20me%5C");
  Session session = db.session();
  const auto row = session.query_one<std::string, bool>(
      "SELECT current_setting('application_name'), inet_client_addr() IS NULL");
  EXPECT_EQ(row, std::tuple(std::string("it's me\\"), true));
}

// SQLite

class DbSqlite : public testing::Test {
 protected:
  OnSqlite where_;
};

TEST_F(DbSqlite, SafeByDefault) {
  SyncDB db(where_.url());
  Session session = db.session();
  EXPECT_EQ(session.query_one<std::string>("PRAGMA journal_mode"), std::tuple(std::string("wal")));
  EXPECT_EQ(session.query_one<int>("PRAGMA foreign_keys"), std::tuple(1));
  EXPECT_EQ(session.query_one<int>("PRAGMA busy_timeout"), std::tuple(5000));
}

TEST_F(DbSqlite, AsAskedFor) {
  Options options;
  options.sqlite_wal = false;
  options.sqlite_foreign_keys = false;
  SyncDB db(where_.url(), options);
  Session session = db.session();
  EXPECT_EQ(session.query_one<std::string>("PRAGMA journal_mode"),
            std::tuple(std::string("delete")));
  EXPECT_EQ(session.query_one<int>("PRAGMA foreign_keys"), std::tuple(0));
}

TEST_F(DbSqlite, ReadersWaitForNobody) {
  SyncDB db(where_.url());
  Session writer = db.session();
  writer.execute("CREATE TABLE items (id INTEGER)");
  Session reader = db.session(Access::read_only);
  read(reader);
}

TEST_F(DbSqlite, WritersWaitForEachOther) {
  Options options;
  options.sqlite_busy_timeout = 20ms;
  SyncDB db(where_.url(), options), other(where_.url(), options);
  {
    Session writer = db.session();
    EXPECT_DB_ERROR(Error::locked, other.session());
  }
  (void)other.session();
}

TEST_F(DbSqlite, InMemoryThereIsOneConnection) {
  Options options;
  options.pool_size = 4;
  options.acquire_timeout = 20ms;
  SyncDB db("sqlite://:memory:", options), other("sqlite://:memory:", options);
  {
    Session session = db.session();
    session.execute("CREATE TABLE items (id INTEGER)");
    session.commit();
  }
  Session session = db.session();
  (void)session.query<int>("SELECT id FROM items");
  EXPECT_DB_ERROR(Error::pool_timeout, db.session());
  Session elsewhere = other.session();
  EXPECT_DB_ERROR(Error::bad_statement, elsewhere.query<int>("SELECT id FROM items"));
}

TEST_F(DbSqlite, AFileThatIsNone) {
  SyncDB missing("sqlite:///" + (where_.folder / "no" / "folder").string());
  EXPECT_DB_ERROR(Error::connect_failed, missing.session());
  SyncDB folder("sqlite:///" + where_.folder.path().string());
  EXPECT_DB_ERROR(Error::connect_failed, folder.session());
  SyncDB odd("sqlite:///" + (where_.folder / "with space%20and'quote")
                                .string()
                                .replace(where_.folder.path().string().size() + 5, 1, "%20"));
  (void)odd.session();
  EXPECT_TRUE(std::filesystem::exists(where_.folder / "with space and'quote"));
}

}  // namespace
}  // namespace webtool::db
