// What the two databases have in common: a SOCI session, statements through it, and the rules that
// SOCI leaves open, by hooks where one has to look beneath it.
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

  /// Prepares `sql`, and gives the names of its parameters, as often as the database has them.
  /// Throws for anything but one statement.
  virtual std::vector<std::string> prepare_text(soci::statement& statement,
                                                const std::string& sql) = 0;
  /// Before a statement is executed.
  virtual void start() = 0;
  /// How many columns the executed statement has.
  virtual std::size_t column_count(Statement& statement) = 0;
  /// Throws Error::wrong_type where SOCI would take a column of the current row for something else.
  virtual void check_row(Statement& statement, std::span<const Kind> kinds) = 0;
  /// How many rows the executed statement changed.
  virtual std::size_t changed_rows(Statement& statement) = 0;
  /// Lets go of what the executed statement holds: locks, rows.
  virtual void finish(Statement& statement) = 0;
  /// What SOCI's exception means.
  [[nodiscard]] virtual DatabaseError translate(const soci::soci_error& error) const = 0;

  soci::session session_;

 private:
  struct Prepared;

  std::unique_ptr<Prepared> prepare(std::string_view sql, std::span<const Param> params,
                                    std::span<const Kind> kinds);
  Outcome run(Prepared& prepared, std::span<const Param> params, std::span<const Kind> kinds);

  /// Statements are kept, with the variables they are bound to: to prepare one costs SQLite more
  /// than to run it. PostgreSQL's side keeps none, so that a pooler may stand between.
  std::unordered_map<std::string, std::unique_ptr<Prepared>> prepared_;
};

}  // namespace webtool::db
