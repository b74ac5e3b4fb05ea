// The errors of a session and its database, grouped by how a caller can react. They are the same
// for every kind of database.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <string>

namespace webtool::db {

enum class Error {
  // The session did not begin.
  connect_failed = 1,  ///< no connection: refused, unknown host, wrong password, no such file
  pool_timeout,        ///< every connection was in use until `Options::acquire_timeout`
  closed,              ///< the database object was closed
  // A statement failed. The session can only be rolled back.
  connection_lost,        ///< the connection ended; the transaction has no effect
  statement_timeout,      ///< the statement took longer than `Options::statement_timeout`
  locked,                 ///< no lock in time, or refused to break a deadlock: try again
  conflict,               ///< a concurrent transaction conflicts with this one: try again
  unique_violation,       ///< such a row already exists
  foreign_key_violation,  ///< a referenced row does not exist, or is still referenced
  not_null_violation,     ///< a value is missing
  check_violation,        ///< a CHECK (or another constraint) forbids the row
  bad_statement,          ///< the SQL is invalid, or the parameters do not match it
  bad_value,              ///< a value does not fit its column or expression
  wrong_type,             ///< a column does not hold the requested type
  read_only,              ///< a write in a session that can only read
  no_permission,          ///< the database user may not do this
  out_of_space,           ///< disk or memory is full
  server_error,           ///< anything else
  // At commit.
  transaction_failed,  ///< a statement had failed before, so nothing was committed
  outcome_unknown,     ///< the connection ended during the commit; it may have succeeded or not
  // In init_db.
  migration_changed,  ///< the text of an applied migration has changed
  migration_invalid,  ///< the script of a migration ends its transaction
};

/// The category of Error, named "webtool.db".
[[nodiscard]] const boost::system::error_category& db_category() noexcept;

[[nodiscard]] boost::system::error_code make_error_code(Error error) noexcept;

/// The exception of sessions and databases. `what()` may be logged: it contains no values and no
/// password.
class DatabaseError : public boost::system::system_error {
 public:
  explicit DatabaseError(Error error, std::string detail = {});

  [[nodiscard]] Error error() const noexcept { return static_cast<Error>(code().value()); }
  /// The message of the database, if there is one. It may quote values of the statement, so show it
  /// to developers only, not in logs and not to users.
  [[nodiscard]] const std::string& detail() const noexcept { return detail_; }

 private:
  std::string detail_;
};

}  // namespace webtool::db

template <>
struct boost::system::is_error_code_enum<webtool::db::Error> : std::true_type {};
