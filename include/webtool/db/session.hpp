// A session is one transaction. It commits only when commit is called. A session that is destroyed
// without commit, for example by an exception, is rolled back.
//
// The values of a statement are always bound parameters: `:name` in the SQL and `{"name", value}`
// as an argument. After a failed statement, the session can only be rolled back, completely or to a
// savepoint. This is the same on every database.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include <webtool/db/error.hpp>
#include <webtool/db/value.hpp>

namespace webtool::db {

enum class Backend { sqlite, postgresql };

/// The access of a session. On SQLite a read-only session does not wait for other sessions. A
/// read-write session takes SQLite's only write lock when it begins, so that it cannot fail later
/// because the lock is not free.
enum class Access { read_write, read_only };

class Savepoint;

/// Only one thread at a time may use a session. All functions throw DatabaseError, and
/// std::logic_error after the end of the session.
class Session {
 public:
  Session(Session&& other) noexcept;
  Session& operator=(Session&&) = delete;
  /// Rolls back uncommitted changes and returns the connection to the pool in a clean state.
  ~Session();

  /// Runs one statement. Returns the number of changed rows.
  std::size_t execute(std::string_view sql, std::initializer_list<Param> params = {}) {
    return execute(sql, std::span(params.begin(), params.size()));
  }
  std::size_t execute(std::string_view sql, std::span<const Param> params);

  /// Runs one statement. Returns its rows: `query<int, std::string>("select id, name from …")`.
  /// Give one type for each column, and a std::optional for a column that can be null.
  template <class... Columns>
  std::vector<std::tuple<Columns...>> query(std::string_view sql,
                                            std::initializer_list<Param> params = {}) {
    std::vector<Value> values =
        fetch(sql, std::span(params.begin(), params.size()), {kind<Columns>()...});
    std::vector<std::tuple<Columns...>> rows;
    rows.reserve(values.size() / sizeof...(Columns));
    for (auto value = values.begin(); value != values.end();)
      rows.push_back(std::tuple<Columns...>{Reader<Columns>::read(std::move(*value++))...});
    return rows;
  }

  /// The first row, or nullopt.
  template <class... Columns>
  std::optional<std::tuple<Columns...>> query_one(std::string_view sql,
                                                  std::initializer_list<Param> params = {}) {
    auto rows = query<Columns...>(sql, params);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }

  /// Runs several statements without parameters, such as a schema. The statement timeout does not
  /// apply to them, nor to later statements of the session.
  void execute_script(std::string_view sql);

  /// Makes the changes durable and ends the session.
  void commit();
  /// Undoes the changes and ends the session.
  void rollback();

  /// Starts a part of the session that can be undone separately. Savepoints can be nested.
  [[nodiscard]] Savepoint savepoint();

  [[nodiscard]] Backend backend() const noexcept;

 private:
  friend class SessionMaker;
  friend class Savepoint;
  class Impl;

  explicit Session(std::unique_ptr<Impl> impl) noexcept;

  template <class T>
  static constexpr Kind kind() {
    using Stored = typename Column<T>::Stored;
    if (std::is_same_v<Stored, std::int64_t>) return Kind::integer;
    return std::is_same_v<Stored, double> ? Kind::real : Kind::text;
  }
  /// The values of all rows, row by row.
  std::vector<Value> fetch(std::string_view sql, std::span<const Param> params,
                           std::initializer_list<Kind> kinds);

  std::unique_ptr<Impl> impl_;
};

/// A savepoint that is destroyed without release is rolled back. It must not outlive its session.
class Savepoint {
 public:
  Savepoint(Savepoint&& other) noexcept;
  Savepoint& operator=(Savepoint&&) = delete;
  ~Savepoint();

  /// Keeps the changes since the savepoint and ends it. The session can still roll them back.
  void release();
  /// Undoes the changes since the savepoint, including a failed statement, and ends it.
  void rollback();

 private:
  friend class Session;
  Savepoint(Session::Impl& session, std::size_t number) noexcept
      : session_(&session), number_(number) {}

  Session::Impl* session_;
  std::size_t number_;
};

}  // namespace webtool::db
