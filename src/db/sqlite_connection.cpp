// SQLite. SOCI's session opens the file and runs statements. SOCI does not support extended error
// codes, a deadline and the write lock, so they use SQLite directly on the same handle.
#define SOCI_SQLITE3_SOURCE  // SOCI 4.1 declares the functions of SQLite only with this
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <thread>

#include "db/soci_connection.hpp"

namespace webtool::db {
namespace {

using namespace sqlite_api;
using SteadyClock = std::chrono::steady_clock;

Error meaning(int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return Error::unique_violation;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return Error::foreign_key_violation;
    case SQLITE_CONSTRAINT_NOTNULL:
      return Error::not_null_violation;
    case SQLITE_BUSY_SNAPSHOT:
      return Error::conflict;
    default:
      break;
  }
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return Error::check_violation;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error::locked;
    case SQLITE_INTERRUPT:
      return Error::statement_timeout;
    case SQLITE_READONLY:
      return Error::read_only;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return Error::out_of_space;
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
      return Error::bad_value;
    case SQLITE_ERROR:
      return Error::bad_statement;
    case SQLITE_AUTH:
    case SQLITE_PERM:
      return Error::no_permission;
    default:
      return Error::server_error;
  }
}

sqlite3_stmt* handle(soci::details::statement_backend& statement) {
  return static_cast<soci::sqlite3_statement_backend&>(statement).stmt_;
}

class SqliteConnection final : public SociConnection {
 public:
  SqliteConnection(const Target& target, const Options& options)
      : timeout_(options.statement_timeout) {
    try {
      session_.open(soci::sqlite3, target.file);
      handle_ = static_cast<soci::sqlite3_session_backend*>(session_.get_backend())->conn_;
      sqlite3_extended_result_codes(handle_, 1);
      // As in PostgreSQL, "text" in double quotes is always a name, never a string.
      sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
      sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
      sqlite3_busy_timeout(handle_, static_cast<int>(options.sqlite_busy_timeout.count()));
      sqlite3_progress_handler(handle_, steps_between_looks, &SqliteConnection::is_late, this);
      execute(options.sqlite_foreign_keys ? "PRAGMA foreign_keys=ON" : "PRAGMA foreign_keys=OFF");
      if (options.sqlite_wal && !target.in_memory()) enter_wal(options.sqlite_busy_timeout);
    } catch (const soci::soci_error& error) {
      throw DatabaseError(Error::connect_failed, error.get_error_message());
    } catch (const DatabaseError& error) {
      throw DatabaseError(Error::connect_failed, error.detail());
    }
  }

  void begin(Access access) override {
    const bool query_only = access == Access::read_only;
    if (query_only != query_only_) {
      execute(query_only ? "PRAGMA query_only=ON" : "PRAGMA query_only=OFF");
      query_only_ = query_only;
    }
    limited_ = timeout_.count() > 0;
    // The write lock is taken here, because SQLite can wait for it here. If a reader became a
    // writer later, SQLite would refuse it at once if another connection had written meanwhile.
    execute(query_only ? "BEGIN" : "BEGIN IMMEDIATE");
  }
  void commit() override { execute("COMMIT"); }
  void rollback() override {
    // After some errors SQLite has already rolled back.
    if (in_transaction()) execute("ROLLBACK");
  }
  void lift_statement_timeout() override { limited_ = false; }
  void run_script(const std::string& sql) override { execute(sql.c_str()); }
  [[nodiscard]] bool in_transaction() const override {
    return sqlite3_get_autocommit(handle_) == 0;
  }
  [[nodiscard]] bool alive() const override { return true; }

 private:
  static constexpr int steps_between_looks = 10'000;

  static int is_late(void* self) {
    const auto& connection = *static_cast<const SqliteConnection*>(self);
    return connection.limited_ && SteadyClock::now() > connection.deadline_;
  }
  void start_clock() {
    if (limited_) deadline_ = SteadyClock::now() + timeout_;
  }

  void execute(const char* sql) {
    start_clock();
    const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw DatabaseError(meaning(code), sqlite3_errmsg(handle_));
  }

  /// SQLite does not wait for locks when it changes the journal mode, so this function retries.
  void enter_wal(std::chrono::milliseconds patience) {
    const auto deadline = SteadyClock::now() + patience;
    for (;;) try {
        execute("PRAGMA journal_mode=WAL");
        return;
      } catch (const DatabaseError& error) {
        if (error.error() != Error::locked || SteadyClock::now() >= deadline) throw;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
  }

  void start() override {
    start_clock();
    changes_before_ = sqlite3_total_changes64(handle_);
  }

  std::vector<std::string> prepare_text(soci::statement& of_soci, const std::string& sql) override {
    of_soci.prepare(sql, soci::details::st_one_time_query);
    Statement& statement = *of_soci.get_backend();
    // SOCI runs the first statement of a text and ignores the others.
    const char* prepared = sqlite3_sql(handle(statement));
    const std::size_t used = prepared == nullptr ? 0 : std::string_view(prepared).size();
    if (used == 0 || sql.find_first_not_of(" \t\r\n;", used) != std::string::npos)
      throw DatabaseError(Error::bad_statement, "the text must be exactly one statement");
    std::vector<std::string> names;
    for (int i = 1; i <= sqlite3_bind_parameter_count(handle(statement)); ++i) {
      const char* name = sqlite3_bind_parameter_name(handle(statement), i);
      if (name == nullptr || *name != ':')
        throw DatabaseError(Error::bad_statement, "every parameter must have the form :name");
      names.emplace_back(name + 1);
    }
    return names;
  }

  std::size_t column_count(Statement& statement) override {
    return static_cast<std::size_t>(sqlite3_column_count(handle(statement)));
  }

  /// In SQLite a column can hold a value of any type, and SQLite converts every value to a number.
  void check_row(Statement& statement, std::span<const Kind> kinds) override {
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      const int type = sqlite3_column_type(handle(statement), static_cast<int>(i));
      const bool fits = type == SQLITE_NULL || (type == SQLITE_INTEGER) ||
                        (type == SQLITE_FLOAT && kinds[i] != Kind::integer) ||
                        (type == SQLITE_TEXT && kinds[i] == Kind::text);
      if (!fits) throw_wrong_type();
    }
  }

  std::size_t changed_rows(Statement&) override {
    // sqlite3_changes is the count of the last statement that changed rows.
    const bool changed = sqlite3_total_changes64(handle_) != changes_before_;
    return changed ? static_cast<std::size_t>(sqlite3_changes64(handle_)) : 0;
  }

  // An unfinished statement would keep its locks after the end of the transaction.
  void finish(Statement& statement) override { sqlite3_reset(handle(statement)); }

  [[nodiscard]] DatabaseError translate(const soci::soci_error& error) const override {
    const auto* known = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
    return DatabaseError(known == nullptr ? Error::bad_statement : meaning(known->result()),
                         error.get_error_message());
  }

  std::chrono::milliseconds timeout_;
  bool limited_ = false;
  SteadyClock::time_point deadline_{};
  sqlite3* handle_ = nullptr;
  sqlite3_int64 changes_before_ = 0;
  bool query_only_ = false;
};

}  // namespace

std::unique_ptr<Connection> open_sqlite(const Target& target, const Options& options) {
  return std::make_unique<SqliteConnection>(target, options);
}

}  // namespace webtool::db
