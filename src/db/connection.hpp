// What a session needs of a database, cut where SQLite and PostgreSQL differ. Behind it stands
// SOCI, and nothing of SOCI comes out: neither its types nor its exceptions.
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/db/session.hpp>

#include "db/url.hpp"

namespace webtool::db {

/// One connection, used by one thread at a time. Everything throws DatabaseError.
class Connection {
 public:
  struct Outcome {
    std::size_t changed = 0;
    std::vector<Value> values{};
  };

  virtual ~Connection() = default;

  virtual void begin(Access access) = 0;
  /// Error::outcome_unknown if the connection ended meanwhile.
  virtual void commit() = 0;
  virtual void rollback() = 0;
  /// Lifts the time limit for the rest of the transaction.
  virtual void lift_statement_timeout() = 0;
  /// Several statements without parameters.
  virtual void run_script(const std::string& sql) = 0;
  /// One statement. `kinds` are those of its columns; none, and its rows are of no interest.
  virtual Outcome run(std::string_view sql, std::span<const Param> params,
                      std::span<const Kind> kinds) = 0;
  [[nodiscard]] virtual bool in_transaction() const = 0;
  /// False once the connection is known to be of no use any more.
  [[nodiscard]] virtual bool alive() const = 0;
};

/// Opens one. Throws DatabaseError with Error::connect_failed.
[[nodiscard]] std::unique_ptr<Connection> open_sqlite(const Target& target, const Options& options);
[[nodiscard]] std::unique_ptr<Connection> open_postgresql(const Target& target,
                                                          const Options& options);

}  // namespace webtool::db
