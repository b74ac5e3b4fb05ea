// A session (begin, one query, commit) through SyncDB and AsyncDB, beside sqlite3 and libpq doing
// the same by themselves: with the same settings, parameters bound, on the same database, in turns.
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <webtool/db/async_db.hpp>
#include <webtool/db/sync_db.hpp>

#include "support/postgres_server.hpp"

using namespace webtool;

namespace {

constexpr int rounds = 10;
constexpr int in_flight = 50;
constexpr std::size_t pool_size = 5;

constexpr auto read_sql = "SELECT name FROM items WHERE id = :id";
constexpr auto write_sql = "UPDATE items SET name = 'changed' WHERE id = :id";

void require(bool right) {
  if (!right) throw std::runtime_error("a benchmark's query failed");
}

/// Something bare that does one session each time it is called.
using Bare = std::function<void(int id, bool write)>;

Bare bare_sqlite(const std::string& file) {
  sqlite3* raw = nullptr;
  require(sqlite3_open(file.c_str(), &raw) == SQLITE_OK);
  const std::shared_ptr<sqlite3> handle(raw, &sqlite3_close);
  const auto run = [handle](const char* sql) {
    require(sqlite3_exec(handle.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  };
  sqlite3_busy_timeout(raw, 5000);
  run("PRAGMA foreign_keys=ON");
  return [handle, run](int id, bool write) {
    run(write ? "BEGIN IMMEDIATE" : "BEGIN");
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(handle.get(), write ? write_sql : read_sql, -1, &statement, nullptr);
    sqlite3_bind_int64(statement, 1, id);
    const int first = sqlite3_step(statement);
    if (first == SQLITE_ROW) {
      const std::string name(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
      require(!name.empty());
    }
    require(first == (write ? SQLITE_DONE : SQLITE_ROW));
    sqlite3_finalize(statement);
    run("COMMIT");
  };
}

Bare bare_libpq(const std::string& url) {
  const std::shared_ptr<PGconn> connection(PQconnectdb(url.c_str()), &PQfinish);
  const auto run = [connection](const char* sql) {
    PGresult* result = PQexec(connection.get(), sql);
    require(PQresultStatus(result) == PGRES_COMMAND_OK);
    PQclear(result);
  };
  return [connection, run](int id, bool write) {
    run(write ? "BEGIN READ WRITE" : "BEGIN READ ONLY");
    std::string sql(write ? write_sql : read_sql);
    sql.replace(sql.find(":id"), 3, "$1");
    const std::string text = std::to_string(id);
    const char* values[] = {text.c_str()};
    PGresult* result =
        PQexecParams(connection.get(), sql.c_str(), 1, nullptr, values, nullptr, nullptr, 0);
    if (!write) {
      require(PQntuples(result) == 1);
      const std::string name(PQgetvalue(result, 0, 0));
      require(!name.empty());
    }
    require(PQresultStatus(result) == (write ? PGRES_COMMAND_OK : PGRES_TUPLES_OK));
    PQclear(result);
    run("COMMIT");
  };
}

/// The same through a session.
void use(db::Session& session, int id, bool write) {
  if (write) {
    require(session.execute(write_sql, {{"id", id}}) == 1);
  } else {
    const auto row = session.query_one<std::string>(read_sql, {{"id", id}});
    require(row.has_value());
  }
  session.commit();
}

double a_second(int total, std::chrono::steady_clock::time_point start) {
  return total / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double measure(const std::function<void(int)>& once, int total) {
  once(0);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < total; ++i) once(i % 1000);
  return a_second(total, start);
}

/// Bare connections, one for each of as many threads as AsyncDB has.
double measure_threads(const std::function<Bare()>& connect, bool write, int total) {
  std::vector<Bare> connections;
  for (std::size_t i = 0; i < pool_size; ++i) connections.push_back(connect());
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (const auto& bare : connections)
    threads.emplace_back([&, total] {
      for (int i = 0; i < total / static_cast<int>(pool_size); ++i) bare(i % 1000, write);
    });
  for (auto& thread : threads) thread.join();
  return a_second(total, start);
}

/// By so many coroutines on one thread.
double measure_async(db::AsyncDB& database, bool write, int coroutines, int total) {
  boost::asio::io_context context(1);
  const auto access = write ? db::Access::read_write : db::Access::read_only;
  int left = total;
  const auto work = [&]() -> awaitable<void> {
    for (int id = --left; id >= 0; id = --left) {
      const auto session = [&](db::Session& one) { use(one, id % 1000, write); };
      co_await database.run(session, access);
    }
  };
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < coroutines; ++i)
    boost::asio::co_spawn(context, work, [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  context.run();
  return a_second(total, start);
}

void compare(const std::string& name, const std::string& url, const std::function<Bare()>& connect,
             bool write, int total) {
  db::SyncDB sync(url, {.pool_size = pool_size});
  db::AsyncDB async(url, {.pool_size = pool_size});
  const Bare bare = connect();
  const auto access = write ? db::Access::read_write : db::Access::read_only;
  const auto session = [&](int id) {
    db::Session one = sync.session(access);
    use(one, id, write);
  };
  double ours = 0, alone = 0, one = 0, many = 0, threads = 0;
  // In turns, and the best of each: what else the machine does can only slow them down.
  for (int round = 0; round < rounds; ++round) {
    alone = std::max(alone, measure([&](int id) { bare(id, write); }, total));
    ours = std::max(ours, measure(session, total));
    one = std::max(one, measure_async(async, write, 1, total));
    threads = std::max(threads, measure_threads(connect, write, total));
    many = std::max(many, measure_async(async, write, in_flight, total));
  }
  const auto print = [&](const char* what, double figure, double peer) {
    fmt::print("{:<20}{:<22}{:>10.0f}{:>12.0f}{:>8.2f}\n", name, what, figure, peer, figure / peer);
  };
  print("SyncDB", ours, alone);
  print("AsyncDB, 1 at once", one, alone);
  print("AsyncDB, 50 at once", many, threads);
  std::fflush(stdout);
}

void make_items(const std::string& url) {
  db::SyncDB database(url);
  db::Session session = database.session();
  session.execute_script("CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL)");
  for (int id = 0; id < 1000; ++id)
    session.execute("INSERT INTO items (id, name) VALUES (:id, :name)",
                    {{"id", id}, {"name", fmt::format("item {}", id)}});
  session.commit();
}

}  // namespace

int main() {
  std::string folder = std::filesystem::temp_directory_path() / "webtool-bench-XXXXXX";
  require(::mkdtemp(folder.data()) != nullptr);
  const std::string file = folder + "/db";
  const std::string sqlite_url = "sqlite:///" + file;
  test::PostgresServer server;
  const std::string postgres_url = server.make_database();
  make_items(sqlite_url);
  make_items(postgres_url);

  fmt::print("{:<20}{:<22}{:>10}{:>12}{:>8}\n", "sessions a second", "", "webtool", "bare",
             "ratio");
  const auto sqlite = [&] { return bare_sqlite(file); };
  const auto libpq = [&] { return bare_libpq(postgres_url); };
  compare("SQLite, read", sqlite_url, sqlite, false, 5'000);
  compare("SQLite, write", sqlite_url, sqlite, true, 1'000);
  compare("PostgreSQL, read", postgres_url, libpq, false, 1'000);
  compare("PostgreSQL, write", postgres_url, libpq, true, 1'000);
  fmt::print(
      "\nbare: sqlite3 and libpq; for \"50 at once\" with {} threads, as many as AsyncDB has\n",
      pool_size);
  std::filesystem::remove_all(folder);
}
