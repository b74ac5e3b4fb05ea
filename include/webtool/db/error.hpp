// What can go wrong between a session and its database, told apart by what a caller can do about
// it, and the same for every database behind.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <string>

namespace webtool::db {

enum class Error {
  // No session began.
  connect_failed = 1,  ///< no connection: refused, unknown host, wrong password, no such file
  pool_timeout,        ///< every connection was in use until `Options::acquire_timeout`
  closed,              ///< the database object was closed
  // A statement failed. What the session did so far can only be rolled back.
  connection_lost,        ///< the connection ended; nothing of the transaction remains
  statement_timeout,      ///< longer than `Options::statement_timeout`
  locked,                 ///< a lock was not given in time, or to break a deadlock: try again
  conflict,               ///< a concurrent transaction came first: try again
  unique_violation,       ///< there is such a row already
  foreign_key_violation,  ///< a row that is referred to is not there, or still needed
  not_null_violation,     ///< a value is missing
  check_violation,        ///< a CHECK (or another constraint) forbids the row
  bad_statement,          ///< SQL that is not understood, or parameters that do not fit it
  bad_value,              ///< a value that its column or expression cannot take
  wrong_type,             ///< a column holds something else than was asked for
  read_only,              ///< a write, where only reading is possible
  no_permission,          ///< the database user may not do this
  out_of_space,           ///< disk or memory is full
  server_error,           ///< anything else
  // At commit.
  transaction_failed,  ///< a statement had failed before: nothing was committed
  outcome_unknown,     ///< the connection ended during the commit, which may have happened or not
  // In init_db.
  migration_changed,  ///< a migration that was applied has another text now
  migration_invalid,  ///< a migration's script ends the transaction it runs in
};

/// The category of Error, named "webtool.db".
[[nodiscard]] const boost::system::error_category& db_category() noexcept;

[[nodiscard]] boost::system::error_code make_error_code(Error error) noexcept;

/// What sessions and databases throw. `what()` may be logged: it has no values, and no password.
class DatabaseError : public boost::system::system_error {
 public:
  explicit DatabaseError(Error error, std::string detail = {});

  [[nodiscard]] Error error() const noexcept { return static_cast<Error>(code().value()); }
  /// The database's own words, as far as it had any. They may quote values of the statement: for
  /// developers, not for logs and not for users.
  [[nodiscard]] const std::string& detail() const noexcept { return detail_; }

 private:
  std::string detail_;
};

}  // namespace webtool::db

template <>
struct boost::system::is_error_code_enum<webtool::db::Error> : std::true_type {};
