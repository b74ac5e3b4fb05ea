// Reads the text of a statement like PostgreSQL's own lexer. Quotes and comments contain no
// parameters and no ends of statements. SOCI's parser does not support comments, dollar quotes and
// array slices.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace webtool::db {

struct PostgresqlText {
  std::string sql;  ///< with `$1`, `$2`, … instead of the parameters
  std::vector<std::string>
      names;            ///< one name for each `$n`; a repeated name may have several types
  bool is_one = false;  ///< true for exactly one statement; no other text may be sent
};

/// Throws DatabaseError with Error::bad_statement for a parameter that is not `:name`.
[[nodiscard]] PostgresqlText read_postgresql(std::string_view sql);

}  // namespace webtool::db
