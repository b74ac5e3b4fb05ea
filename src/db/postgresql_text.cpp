#include "db/postgresql_text.hpp"

#include <algorithm>

#include <webtool/db/error.hpp>

namespace webtool::db {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// True if `c` can begin a name. Every non-ASCII byte can.
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

bool is_in_name(char c) {
  return begins_name(c) || is_digit(c);
}

class Reader {
 public:
  explicit Reader(std::string_view sql) : sql_(sql) {}

  PostgresqlText read() {
    while (at_ < sql_.size()) step();
    out_.is_one = statements_ == 1;
    return std::move(out_);
  }

 private:
  [[nodiscard]] char next(std::size_t ahead = 0) const {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool after_name() const {
    return at_ > 0 && (is_in_name(sql_[at_ - 1]) || sql_[at_ - 1] == '$');
  }
  void copy(std::size_t size) {
    size = std::min(size, sql_.size() - at_);
    out_.sql.append(sql_, at_, size);
    at_ += size;
  }
  /// Copies up to and including the next `end`, or to the end of the text.
  void copy_through(std::string_view end) {
    const auto found = sql_.find(end, at_);
    copy(found == std::string_view::npos ? sql_.size() : found + end.size() - at_);
  }

  void step() {
    const char c = next();
    if (c == '-' && next(1) == '-') return copy_through("\n");
    if (c == '/' && next(1) == '*') return comment();
    if (c == ';') {
      in_statement_ = false;
      return copy(1);
    }
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v') {
      if (!in_statement_) ++statements_;
      in_statement_ = true;
    }
    if (c == '\'' || c == '"') return quoted(c, false);
    if ((c == 'e' || c == 'E') && next(1) == '\'' && !after_name()) {
      copy(1);
      return quoted('\'', true);
    }
    if (c == '$' && !after_name()) return dollar();
    if (c == ':') return colon();
    brackets_ += c == '[' ? 1 : c == ']' && brackets_ > 0 ? -1 : 0;
    copy(1);
  }

  void comment() {
    int depth = 0;
    do {
      const bool opens = next() == '/' && next(1) == '*';
      const bool closes = next() == '*' && next(1) == '/';
      depth += opens ? 1 : closes ? -1 : 0;
      copy(opens || closes ? 2 : 1);
    } while (depth > 0 && at_ < sql_.size());
  }

  // A doubled mark is read as the end of one text and the start of another, with the same result.
  void quoted(char mark, bool has_escapes) {
    copy(1);
    while (at_ < sql_.size()) {
      const char c = next();
      copy(c == '\\' && has_escapes ? 2 : 1);
      if (c != mark) continue;
      if (!has_escapes || next() != mark) return;
      copy(1);
    }
  }

  void dollar() {
    std::size_t size = 1;
    if (is_digit(next(1)))
      throw DatabaseError(Error::bad_statement, "every parameter must have the form :name");
    if (begins_name(next(1)))
      while (is_in_name(next(size))) ++size;
    if (next(size) != '$') return copy(size);
    const auto tag = sql_.substr(at_, size + 1);
    copy(tag.size());
    copy_through(tag);
  }

  void colon() {
    if (next(1) == ':' || next(1) == '=') return copy(2);
    // In a slice such as [1:2], a number is not a name.
    if (!begins_name(next(1)) && !(is_digit(next(1)) && brackets_ == 0)) return copy(1);
    const bool touches_name = after_name();
    std::size_t size = 1;
    while (is_in_name(next(size))) ++size;
    out_.names.emplace_back(sql_.substr(at_ + 1, size - 1));
    at_ += size;
    if (touches_name) out_.sql += ' ';  // without the space, a$1 is one name
    out_.sql += '$' + std::to_string(out_.names.size());
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  PostgresqlText out_;
  int brackets_ = 0;
  int statements_ = 0;
  bool in_statement_ = false;
};

}  // namespace

PostgresqlText read_postgresql(std::string_view sql) {
  return Reader(sql).read();
}

}  // namespace webtool::db
