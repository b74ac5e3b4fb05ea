// PostgreSQL. SOCI's session connects and runs statements. Transactions and scripts use libpq
// directly on the same connection, because libpq reports their exact outcome.
#include <libpq-fe.h>
#include <soci/postgresql/soci-postgresql.h>

#include "db/postgresql_text.hpp"
#include "db/soci_connection.hpp"

namespace webtool::db {
namespace {

/// Translates a SQLSTATE: two characters for the class, three for the condition.
Error meaning(std::string_view state) {
  if (state == "23505") return Error::unique_violation;
  if (state == "23503") return Error::foreign_key_violation;
  if (state == "23502") return Error::not_null_violation;
  if (state.starts_with("23")) return Error::check_violation;
  if (state == "40001") return Error::conflict;
  if (state == "40P01" || state == "55P03") return Error::locked;
  if (state == "57014") return Error::statement_timeout;
  if (state == "57P01" || state == "57P02" || state == "57P03") return Error::connection_lost;
  if (state == "25006") return Error::read_only;
  if (state == "25P02") return Error::transaction_failed;
  if (state == "42501") return Error::no_permission;
  if (state.starts_with("42") || state == "08P01") return Error::bad_statement;
  if (state.starts_with("08")) return Error::connection_lost;
  if (state.starts_with("22")) return Error::bad_value;
  if (state.starts_with("53")) return Error::out_of_space;
  return Error::server_error;
}

soci::postgresql_statement_backend& own(soci::details::statement_backend& statement) {
  return static_cast<soci::postgresql_statement_backend&>(statement);
}

class PostgresqlConnection final : public SociConnection {
 public:
  PostgresqlConnection(const Target& target, const Options& options) try {
    session_.open(soci::postgresql, connect_string(target, options));
    handle_ = static_cast<soci::postgresql_session_backend*>(session_.get_backend())->conn_;
    // Without this, libpq writes the notices of the server to stderr.
    PQsetNoticeProcessor(
        handle_, [](void*, const char*) {}, nullptr);
  } catch (const soci::soci_error& error) {
    throw DatabaseError(Error::connect_failed, error.get_error_message());
  }

  void begin(Access access) override {
    execute(access == Access::read_only ? "BEGIN READ ONLY" : "BEGIN READ WRITE");
  }
  void commit() override {
    try {
      execute("COMMIT");
    } catch (const DatabaseError& error) {
      if (error.error() != Error::connection_lost) throw;
      throw DatabaseError(Error::outcome_unknown, error.detail());
    }
  }
  void rollback() override { execute("ROLLBACK"); }
  void lift_statement_timeout() override { execute("SET LOCAL statement_timeout = 0"); }
  void run_script(const std::string& sql) override { execute(sql.c_str()); }
  [[nodiscard]] bool in_transaction() const override {
    return PQtransactionStatus(handle_) != PQTRANS_IDLE;
  }
  [[nodiscard]] bool alive() const override { return PQstatus(handle_) == CONNECTION_OK; }

 private:
  [[nodiscard]] Error meaning_now(std::string_view state) const {
    return alive() ? meaning(state) : Error::connection_lost;
  }

  void execute(const char* sql) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(handle_, sql), &PQclear);
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
      return;
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    throw DatabaseError(meaning_now(state == nullptr ? "" : state), PQerrorMessage(handle_));
  }

  std::vector<std::string> prepare_text(soci::statement& statement,
                                        const std::string& sql) override {
    auto text = read_postgresql(sql);
    // Without parameters, SOCI sends the text as a simple query, which can contain several
    // statements.
    if (!text.is_one)
      throw DatabaseError(Error::bad_statement, "the text must be exactly one statement");
    statement.prepare("",
                      soci::details::st_one_time_query);  // otherwise SOCI parses the text itself
    auto& backend = own(*statement.get_backend());
    backend.query_ = std::move(text.sql);
    backend.names_ = text.names;
    return std::move(text.names);
  }

  void start() override {}

  std::size_t column_count(Statement& statement) override {
    return static_cast<std::size_t>(PQnfields(own(statement).result_.get_result()));
  }

  void check_row(Statement&, std::span<const Kind>) override {}

  std::size_t changed_rows(Statement& statement) override {
    PGresult* result = own(statement).result_.get_result();
    if (std::string_view(PQcmdStatus(result)).starts_with("SELECT")) return 0;
    const long long rows = statement.get_affected_rows();
    return rows > 0 ? static_cast<std::size_t>(rows) : 0;
  }

  void finish(Statement& statement) override { own(statement).result_.reset(); }

  [[nodiscard]] DatabaseError translate(const soci::soci_error& error) const override {
    const auto* known = dynamic_cast<const soci::postgresql_soci_error*>(&error);
    // SOCI's only own error here is a column without the requested type.
    const Error kind = known == nullptr ? Error::wrong_type : meaning_now(known->sqlstate());
    return DatabaseError(kind, error.get_error_message());
  }

  PGconn* handle_ = nullptr;
};

}  // namespace

std::unique_ptr<Connection> open_postgresql(const Target& target, const Options& options) {
  return std::make_unique<PostgresqlConnection>(target, options);
}

}  // namespace webtool::db
