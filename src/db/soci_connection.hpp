// The common part of both databases: a SOCI session, its statements, and checks that SOCI does not
// make. Hooks cover the checks that need the database's own library.
#pragma once

#include <soci/soci.h>

#include <memory>
#include <string>
#include <unordered_map>

#include "db/connection.hpp"

namespace webtool::db {

class SociConnection : public Connection {
 public:
  ~SociConnection() override;
  Outcome run(std::string_view sql, std::span<const Param> params,
              std::span<const Kind> kinds) final;

 protected:
  using Statement = soci::details::statement_backend;

  SociConnection();

  /// Prepares `sql`. Returns the names of its parameters, one for each parameter of the database.
  /// Throws unless `sql` is exactly one statement.
  virtual std::vector<std::string> prepare_text(soci::statement& statement,
                                                const std::string& sql) = 0;
  /// Called before a statement is executed.
  virtual void start() = 0;
  /// The number of columns of the executed statement.
  virtual std::size_t column_count(Statement& statement) = 0;
  /// Throws Error::wrong_type if SOCI would read a column of the current row as a wrong type.
  virtual void check_row(Statement& statement, std::span<const Kind> kinds) = 0;
  /// The number of rows that the executed statement changed.
  virtual std::size_t changed_rows(Statement& statement) = 0;
  /// Releases the locks and rows of the executed statement.
  virtual void finish(Statement& statement) = 0;
  /// Translates SOCI's exception.
  [[nodiscard]] virtual DatabaseError translate(const soci::soci_error& error) const = 0;

  soci::session session_;

 private:
  struct Prepared;

  std::unique_ptr<Prepared> prepare(std::string_view sql, std::span<const Param> params,
                                    std::span<const Kind> kinds);
  Outcome run(Prepared& prepared, std::span<const Param> params, std::span<const Kind> kinds);

  /// Kept statements with their bound variables. For SQLite, preparing a statement costs more than
  /// running it. The PostgreSQL server keeps no prepared statements, so a connection pooler works.
  std::unordered_map<std::string, std::unique_ptr<Prepared>> prepared_;
};

}  // namespace webtool::db
