// A session is one transaction, as a scope: it commits when it is asked to and at no other time. A
// session that is left by an exception, or forgotten, is rolled back.
//
// A statement's values are bound parameters, always: `:name` in the SQL, `{"name", value}` beside.
// After a statement failed, the session can only be rolled back, as a whole or to a savepoint: on
// every database alike.
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

/// What a session is for. A session that only reads waits for nobody on SQLite; any other takes
/// SQLite's one write lock when it begins, so that it cannot fail for want of it halfway.
enum class Access { read_write, read_only };

class Savepoint;

/// Used by one thread at a time. All of its functions throw DatabaseError; those called after the
/// session ended throw std::logic_error.
class Session {
 public:
  Session(Session&& other) noexcept;
  Session& operator=(Session&&) = delete;
  /// Rolls back what was not committed, and gives the connection back whole.
  ~Session();

  /// Runs one statement and gives the number of rows it changed.
  std::size_t execute(std::string_view sql, std::initializer_list<Param> params = {}) {
    return execute(sql, std::span(params.begin(), params.size()));
  }
  std::size_t execute(std::string_view sql, std::span<const Param> params);

  /// Runs one statement and gives its rows: `query<int, std::string>("select id, name from …")`.
  /// The types must be as many as the columns; a column that can be null is a std::optional.
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

  /// The first row, if there is one.
  template <class... Columns>
  std::optional<std::tuple<Columns...>> query_one(std::string_view sql,
                                                  std::initializer_list<Param> params = {}) {
    auto rows = query<Columns...>(sql, params);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }

  /// Runs a text of several statements without parameters, for schemas. It may take as long as it
  /// needs, and so may what follows it in the session.
  void execute_script(std::string_view sql);

  /// Makes what was done durable, and ends the session.
  void commit();
  /// Undoes it, and ends the session.
  void rollback();

  /// A part of the session that can be undone by itself. They nest.
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
  /// All rows' values, one after the other.
  std::vector<Value> fetch(std::string_view sql, std::span<const Param> params,
                           std::initializer_list<Kind> kinds);

  std::unique_ptr<Impl> impl_;
};

/// Undone when it is left without release. Must not outlive its session.
class Savepoint {
 public:
  Savepoint(Savepoint&& other) noexcept;
  Savepoint& operator=(Savepoint&&) = delete;
  ~Savepoint();

  /// Keeps what was done since; whether it lasts is then the session's to say.
  void release();
  /// Undoes what was done since, a failed statement included, and ends the savepoint.
  void rollback();

 private:
  friend class Session;
  Savepoint(Session::Impl& session, std::size_t number) noexcept
      : session_(&session), number_(number) {}

  Session::Impl* session_;
  std::size_t number_;
};

}  // namespace webtool::db
