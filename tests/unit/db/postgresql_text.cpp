#include "db/postgresql_text.hpp"

#include <gtest/gtest.h>

#include <webtool/db/error.hpp>

namespace webtool::db {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

TEST(PostgresqlText, ParametersAreFound) {
  struct Row {
    std::string_view sql;
    std::string_view expected;
    std::string_view names;
  };
  const Row table[] = {
      {"SELECT :a", "SELECT $1", "a"},
      {"SELECT :a,:b, :a", "SELECT $1,$2, $3", "a b a"},
      {":a", "$1", "a"},
      {"f(:_x1)", "f($1)", "_x1"},
      {":größe", "$1", "größe"},
      {":a::int", "$1::int", "a"},
      {"x:::a", "x::$1", "a"},
      {"'1'::text", "'1'::text", ""},
      {"a := :b", "a := $1", "b"},
      {"SELECT :1", "SELECT $1", "1"},
      {"x[1:2]", "x[1:2]", ""},
      {"x[1:2][:a]", "x[1:2][$1]", "a"},
      {"x[:a : :b]", "x[$1 : $2]", "a b"},
      {"x[lo:hi]", "x[lo $1]", "hi"},
      {"x[y[1]:2], :3", "x[y[1]:2], $1", "3"},
      {"a : b", "a : b", ""},
      {"a :", "a :", ""},
      // What only looks like one.
      {"SELECT 1 -- a: b :c", "SELECT 1 -- a: b :c", ""},
      {"SELECT 1 -- it's\n, :a", "SELECT 1 -- it's\n, $1", "a"},
      {"SELECT 1 /* it's :a */, :b", "SELECT 1 /* it's :a */, $1", "b"},
      {"/* /* :a */ :b */ :c", "/* /* :a */ :b */ $1", "c"},
      {"/*/ :a */ :b", "/*/ :a */ $1", "b"},
      {"SELECT ':a', :b", "SELECT ':a', $1", "b"},
      {"SELECT 'it''s :a', :b", "SELECT 'it''s :a', $1", "b"},
      {R"(SELECT '\', :a, '\')", R"(SELECT '\', $1, '\')", "a"},
      {R"(SELECT E'\' :a', :b)", R"(SELECT E'\' :a', $1)", "b"},
      {R"(SELECT e'\\', :a)", R"(SELECT e'\\', $1)", "a"},
      {R"(SELECT E'\\'' :a', :b)", R"(SELECT E'\\'' :a', $1)", "b"},
      {R"(SELECT some'\', :a)", R"(SELECT some'\', $1)", "a"},
      {R"(SELECT ":a""'", :b)", R"(SELECT ":a""'", $1)", "b"},
      {"SELECT $$ :a ' $$, :b", "SELECT $$ :a ' $$, $1", "b"},
      {"SELECT $t$ $$ :a $T$ $t$, :b", "SELECT $t$ $$ :a $T$ $t$, $1", "b"},
      {"SELECT a$$ + :b", "SELECT a$$ + $1", "b"},
      {"SELECT $ :a", "SELECT $ $1", "a"},
      // Never closed: the server says so.
      {"SELECT ':a", "SELECT ':a", ""},
      {"SELECT /* :a", "SELECT /* :a", ""},
      {"SELECT $$ :a", "SELECT $$ :a", ""},
      {R"(SELECT E'\)", R"(SELECT E'\)", ""},
  };
  for (const Row& row : table) {
    const auto text = read_postgresql(row.sql);
    EXPECT_EQ(text.sql, row.expected) << row.sql;
    EXPECT_EQ(joined(text.names), row.names) << row.sql;
  }
}

TEST(PostgresqlText, StatementsAreCounted) {
  for (const char* one :
       {"SELECT 1", "SELECT 1;", " ; SELECT 1 ;; ", "SELECT ';'", "SELECT 1; -- ; SELECT 2",
        "-- first; second\nSELECT 1", "/* ; */ SELECT 1 /* ; */;", "SELECT $$;$$; /* done */",
        R"(SELECT E'\';')", R"(SELECT ";")"})
    EXPECT_TRUE(read_postgresql(one).is_one) << one;
  for (const char* other :
       {"", " ", ";", "-- SELECT 1", "/* SELECT 1 */", "SELECT 1; SELECT 2",
        "SELECT 1;;DROP TABLE a", "SELECT 1 -- it's\n; SELECT 2", "SELECT 1 /* ' */; SELECT 2",
        "SELECT $$'$$; SELECT 2", R"(SELECT '\'; SELECT 2)", R"(SELECT E'\\'; SELECT 2)",
        "SELECT a$$; SELECT 2; $$", "/* /* */ SELECT 1; */ SELECT 1; SELECT 2"})
    EXPECT_FALSE(read_postgresql(other).is_one) << other;
}

// PostgreSQL's own parameters, which nobody could bind.
TEST(PostgresqlText, NumbersOfParametersAreRefused) {
  for (const char* sql : {"SELECT $1", "SELECT :a + $2", "$0"})
    EXPECT_THROW((void)read_postgresql(sql), DatabaseError) << sql;
  for (const char* sql : {"SELECT a$1", "SELECT '$1'", "SELECT 1 -- $1"})
    EXPECT_NO_THROW((void)read_postgresql(sql)) << sql;
}

}  // namespace
}  // namespace webtool::db
