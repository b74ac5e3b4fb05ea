#include "db/soci_connection.hpp"

#include <algorithm>

namespace webtool::db {
namespace {

/// A value in the form that SOCI uses: a variable of its type, and an indicator.
struct Cell {
  long long integer = 0;
  double real = 0;
  std::string text{};
  soci::indicator indicator = soci::i_ok;
};

/// Binds the variable of a parameter to the statement.
struct Bind {
  soci::statement& statement;
  const std::string& name;
  Cell& cell;

  void operator()(std::int64_t) const {
    statement.exchange(soci::use(cell.integer, cell.indicator, name));
  }
  void operator()(double) const { statement.exchange(soci::use(cell.real, cell.indicator, name)); }
  void operator()(const std::string&) const {
    statement.exchange(soci::use(cell.text, cell.indicator, name));
  }
  void operator()(std::nullptr_t) const { (*this)(std::string()); }
};

/// Stores a value in the cell.
struct Put {
  Cell& cell;

  void operator()(std::nullptr_t) const { cell.indicator = soci::i_null; }
  void operator()(std::int64_t value) const { cell.integer = value; }
  void operator()(double value) const { cell.real = value; }
  void operator()(const std::string& value) const {
    // PostgreSQL texts cannot contain a zero byte; it would receive only the part before it.
    if (value.find('\0') != std::string::npos)
      throw DatabaseError(Error::bad_value, "a text must not contain a zero byte");
    cell.text = value;
  }
};

void define(soci::statement& statement, Kind kind, Cell& cell) {
  if (kind == Kind::integer)
    statement.exchange(soci::into(cell.integer, cell.indicator));
  else if (kind == Kind::real)
    statement.exchange(soci::into(cell.real, cell.indicator));
  else
    statement.exchange(soci::into(cell.text, cell.indicator));
}

Value take(Kind kind, Cell& cell) {
  if (cell.indicator == soci::i_null) return nullptr;
  if (kind == Kind::integer) return std::int64_t{cell.integer};
  if (kind == Kind::real) return cell.real;
  return std::move(cell.text);
}

/// SQLite reads a missing parameter as null, and PostgreSQL ignores a surplus parameter.
void match(const std::vector<std::string>& names, std::span<const Param> params) {
  for (auto param = params.begin(); param != params.end(); ++param) {
    const auto same = [&](const Param& other) { return other.name == param->name; };
    if (std::any_of(params.begin(), param, same) ||
        std::find(names.begin(), names.end(), param->name) == names.end())
      throw DatabaseError(Error::bad_statement,
                          "a parameter is given twice, or is not in the statement");
  }
  for (const auto& name : names) {
    const auto same = [&](const Param& param) { return param.name == name; };
    if (std::none_of(params.begin(), params.end(), same))
      throw DatabaseError(Error::bad_statement, "a parameter of the statement has no value");
  }
}

/// The key of a kept statement: its text, and the names and types of its parameters and columns.
std::string key_of(std::string_view sql, std::span<const Param> params,
                   std::span<const Kind> kinds) {
  std::string key(sql);
  for (const auto& param : params) {
    key += '\0';
    key += static_cast<char>('0' + param.value.index());
    key += param.name;
  }
  key += '\0';
  for (const Kind kind : kinds) key += static_cast<char>('0' + static_cast<int>(kind));
  return key;
}

constexpr std::size_t max_prepared = 100;

}  // namespace

struct SociConnection::Prepared {
  explicit Prepared(soci::session& session) : statement(session) {}

  soci::statement statement;
  std::vector<Cell> bound{};
  std::vector<Cell> row{};
};

SociConnection::SociConnection() = default;
SociConnection::~SociConnection() = default;

std::unique_ptr<SociConnection::Prepared> SociConnection::prepare(std::string_view sql,
                                                                  std::span<const Param> params,
                                                                  std::span<const Kind> kinds) {
  if (sql.find('\0') != std::string_view::npos) throw DatabaseError(Error::bad_statement);
  auto prepared = std::make_unique<Prepared>(session_);
  auto& statement = prepared->statement;
  statement.alloc();
  match(prepare_text(statement, std::string(sql)), params);
  prepared->bound.resize(params.size());
  prepared->row.resize(kinds.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    const std::string name(params[i].name);
    std::visit(Bind{statement, name, prepared->bound[i]}, params[i].value);
  }
  for (std::size_t i = 0; i < kinds.size(); ++i) define(statement, kinds[i], prepared->row[i]);
  statement.define_and_bind();
  return prepared;
}

Connection::Outcome SociConnection::run(Prepared& prepared, std::span<const Param> params,
                                        std::span<const Kind> kinds) {
  auto& backend = *prepared.statement.get_backend();
  for (std::size_t i = 0; i < params.size(); ++i) {
    prepared.bound[i].indicator = soci::i_ok;
    std::visit(Put{prepared.bound[i]}, params[i].value);
  }
  start();
  Outcome outcome;
  bool more = prepared.statement.execute(true);
  if (!kinds.empty() && column_count(backend) != kinds.size()) throw_wrong_type();
  for (; more && !kinds.empty(); more = prepared.statement.fetch()) {
    check_row(backend, kinds);
    for (std::size_t i = 0; i < kinds.size(); ++i)
      outcome.values.push_back(take(kinds[i], prepared.row[i]));
  }
  outcome.changed = changed_rows(backend);
  finish(backend);
  // The kept statement must not keep the values.
  for (auto& cell : prepared.bound) cell.text.clear();
  return outcome;
}

Connection::Outcome SociConnection::run(std::string_view sql, std::span<const Param> params,
                                        std::span<const Kind> kinds) try {
  const std::string key = key_of(sql, params, kinds);
  // The statement is removed while it runs, so that a failed statement is not used again.
  auto kept = prepared_.extract(key);
  auto prepared = kept ? std::move(kept.mapped()) : prepare(sql, params, kinds);
  Outcome outcome = run(*prepared, params, kinds);
  if (prepared_.size() >= max_prepared) prepared_.clear();
  prepared_.emplace(key, std::move(prepared));
  return outcome;
} catch (const soci::soci_error& error) {
  throw translate(error);
}

}  // namespace webtool::db
