// The interface between a session and a database; SQLite and PostgreSQL implement it with SOCI. It
// exposes neither the types nor the exceptions of SOCI.
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

/// One connection. Only one thread at a time may use it. All functions throw DatabaseError.
class Connection {
 public:
  struct Outcome {
    std::size_t changed = 0;
    std::vector<Value> values{};
  };

  virtual ~Connection() = default;

  virtual void begin(Access access) = 0;
  /// Throws Error::outcome_unknown if the connection ends during the commit.
  virtual void commit() = 0;
  virtual void rollback() = 0;
  /// Removes the statement timeout for the rest of the transaction.
  virtual void lift_statement_timeout() = 0;
  /// Runs several statements without parameters.
  virtual void run_script(const std::string& sql) = 0;
  /// Runs one statement. `kinds` are the kinds of its columns. If `kinds` is empty, rows are
  /// ignored.
  virtual Outcome run(std::string_view sql, std::span<const Param> params,
                      std::span<const Kind> kinds) = 0;
  [[nodiscard]] virtual bool in_transaction() const = 0;
  /// False if the connection is known to have ended.
  [[nodiscard]] virtual bool alive() const = 0;
};

/// These functions open a connection. They throw DatabaseError with Error::connect_failed.
[[nodiscard]] std::unique_ptr<Connection> open_sqlite(const Target& target, const Options& options);
[[nodiscard]] std::unique_ptr<Connection> open_postgresql(const Target& target,
                                                          const Options& options);

}  // namespace webtool::db
