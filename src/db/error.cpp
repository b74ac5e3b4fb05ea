#include <webtool/db/error.hpp>

#include <utility>

namespace webtool::db {
namespace {

const char* describe(Error error) {
  switch (error) {
    case Error::connect_failed:
      return "no connection to the database";
    case Error::pool_timeout:
      return "no database connection became free in time";
    case Error::closed:
      return "the database was closed";
    case Error::connection_lost:
      return "the connection to the database ended";
    case Error::statement_timeout:
      return "a database statement took too long";
    case Error::locked:
      return "the database did not grant a lock";
    case Error::conflict:
      return "the database transaction conflicts with a concurrent transaction";
    case Error::unique_violation:
      return "a unique constraint of the database is violated";
    case Error::foreign_key_violation:
      return "a foreign key constraint of the database is violated";
    case Error::not_null_violation:
      return "a not-null constraint of the database is violated";
    case Error::check_violation:
      return "a check constraint of the database is violated";
    case Error::bad_statement:
      return "the SQL statement is invalid, or its parameters do not match it";
    case Error::bad_value:
      return "a value does not fit its database column or expression";
    case Error::wrong_type:
      return "a database column does not hold the requested type";
    case Error::read_only:
      return "the database session is read-only";
    case Error::no_permission:
      return "the database denied permission";
    case Error::out_of_space:
      return "the database has no space left";
    case Error::server_error:
      return "the database reported an error";
    case Error::transaction_failed:
      return "a failed database transaction cannot be committed";
    case Error::outcome_unknown:
      return "the connection to the database ended during a commit";
    case Error::migration_changed:
      return "a database migration was changed after it was applied";
    case Error::migration_invalid:
      return "a database migration ends the transaction it runs in";
  }
  return "unknown database error";
}

class Category final : public boost::system::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "webtool.db"; }
  [[nodiscard]] std::string message(int value) const override {
    return describe(static_cast<Error>(value));
  }
};

}  // namespace

const boost::system::error_category& db_category() noexcept {
  static const Category category;
  return category;
}

boost::system::error_code make_error_code(Error error) noexcept {
  return {static_cast<int>(error), db_category()};
}

DatabaseError::DatabaseError(Error error, std::string detail)
    : system_error(make_error_code(error)), detail_(std::move(detail)) {}

}  // namespace webtool::db
