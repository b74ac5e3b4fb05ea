// What the two databases have in common: a SOCI session, statements through it, and the rules that
// SOCI leaves open, by hooks where one has to look beneath it.
#pragma once

#include <soci/soci.h>

#include "db/connection.hpp"

namespace webtool::db {

class SociConnection : public Connection {
 public:
  Outcome run(std::string_view sql, std::span<const Param> params,
              std::span<const Kind> kinds) final;

 protected:
  /// Throws if `sql` must not be given to SOCI.
  virtual void before(std::string_view sql, std::span<const Param> params) = 0;
  /// The names of a prepared statement's parameters, as often as they occur. Throws where SOCI
  /// prepared something else than `sql`.
  virtual std::vector<std::string> parameter_names(soci::details::statement_backend& statement,
                                                   std::string_view sql) = 0;
  /// How many columns the executed statement has.
  virtual std::size_t column_count(soci::details::statement_backend& statement) = 0;
  /// Throws Error::wrong_type where SOCI would take a column of the current row for something else.
  virtual void check_row(soci::details::statement_backend& statement,
                         std::span<const Kind> kinds) = 0;
  /// How many rows the executed statement changed.
  virtual std::size_t changed_rows(soci::details::statement_backend& statement) = 0;
  /// What SOCI's exception means.
  [[nodiscard]] virtual DatabaseError translate(const soci::soci_error& error) const = 0;

  soci::session session_;
};

}  // namespace webtool::db
