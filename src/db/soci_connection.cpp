#include "db/soci_connection.hpp"

#include <algorithm>

namespace webtool::db {
namespace {

/// A value in the shape SOCI takes and gives: a variable of its type, and an indicator.
struct Cell {
  long long integer = 0;
  double real = 0;
  std::string text{};
  soci::indicator indicator = soci::i_ok;
};

struct Bind {
  soci::statement& statement;
  const std::string& name;
  Cell& cell;

  void operator()(std::nullptr_t) const {
    cell.indicator = soci::i_null;
    statement.exchange(soci::use(cell.text, cell.indicator, name));
  }
  void operator()(std::int64_t value) const {
    cell.integer = value;
    statement.exchange(soci::use(cell.integer, cell.indicator, name));
  }
  void operator()(double value) const {
    cell.real = value;
    statement.exchange(soci::use(cell.real, cell.indicator, name));
  }
  void operator()(const std::string& value) const {
    // PostgreSQL has no zero byte in texts, and would get what stands before it.
    if (value.find('\0') != std::string::npos)
      throw DatabaseError(Error::bad_value, "a text with a zero byte");
    cell.text = value;
    statement.exchange(soci::use(cell.text, cell.indicator, name));
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

/// SQLite would take a parameter that was forgotten for null, PostgreSQL ignore one too many.
void match(const std::vector<std::string>& names, std::span<const Param> params) {
  for (auto param = params.begin(); param != params.end(); ++param) {
    const auto same = [&](const Param& other) { return other.name == param->name; };
    if (std::any_of(params.begin(), param, same) ||
        std::find(names.begin(), names.end(), param->name) == names.end())
      throw DatabaseError(Error::bad_statement, "a parameter twice, or not in the statement");
  }
  for (const auto& name : names) {
    const auto same = [&](const Param& param) { return param.name == name; };
    if (std::none_of(params.begin(), params.end(), same))
      throw DatabaseError(Error::bad_statement, "no value for a parameter of the statement");
  }
}

}  // namespace

Connection::Outcome SociConnection::run(std::string_view sql, std::span<const Param> params,
                                        std::span<const Kind> kinds) try {
  if (sql.find('\0') != std::string_view::npos) throw DatabaseError(Error::bad_statement);
  before(sql, params);
  soci::statement statement(session_);
  statement.alloc();
  statement.prepare(std::string(sql), soci::details::st_one_time_query);
  auto& backend = *statement.get_backend();
  match(parameter_names(backend, sql), params);

  std::vector<Cell> bound(params.size());
  std::vector<Cell> row(kinds.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    const std::string name(params[i].name);
    std::visit(Bind{statement, name, bound[i]}, params[i].value);
  }
  for (std::size_t i = 0; i < kinds.size(); ++i) define(statement, kinds[i], row[i]);
  statement.define_and_bind();

  Outcome outcome;
  bool more = statement.execute(true);
  if (!kinds.empty() && column_count(backend) != kinds.size()) throw_wrong_type();
  for (; more && !kinds.empty(); more = statement.fetch()) {
    check_row(backend, kinds);
    for (std::size_t i = 0; i < kinds.size(); ++i) outcome.values.push_back(take(kinds[i], row[i]));
  }
  outcome.changed = changed_rows(backend);
  return outcome;
} catch (const soci::soci_error& error) {
  throw translate(error);
}

}  // namespace webtool::db
