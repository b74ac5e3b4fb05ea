// The text of a statement, read as PostgreSQL's own lexer reads it: what stands in quotes and
// comments is no parameter and no end of a statement. SOCI's reader does not know comments, dollar
// quotes and slices of arrays.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace webtool::db {

struct PostgresqlText {
  std::string sql;                 ///< with `$1`, `$2`, … in place of the parameters
  std::vector<std::string> names;  ///< of each; one that occurs twice may have a type in each place
  bool is_one = false;             ///< one statement; several, or none, are sent by nobody
};

/// Throws DatabaseError with Error::bad_statement for a parameter that is not `:name`.
[[nodiscard]] PostgresqlText read_postgresql(std::string_view sql);

}  // namespace webtool::db
