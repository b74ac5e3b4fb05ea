// What a session promises: all or nothing, on every database and both ways of asking.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cmath>
#include <limits>

#include "contract/db_places.hpp"

namespace webtool::db {
namespace {

template <class Place>
class DbSession : public DbContract<Place> {
 protected:
  void SetUp() override { this->make_items(); }
};
TYPED_TEST_SUITE(DbSession, Places);

TYPED_TEST(DbSession, KeepsWhatWasCommitted) {
  const auto changed = this->db_.run([&](Session& session) {
    this->add(session, 1, "a");
    this->add(session, 2, "b");
    EXPECT_EQ(this->count(session), 2);
    EXPECT_EQ(session.execute("UPDATE items SET size = 1 WHERE id > :id", {{"id", 5}}), 0u);
    const auto updated = session.execute("UPDATE items SET size = 1");
    session.commit();
    return updated;
  });
  EXPECT_EQ(changed, 2u);
  EXPECT_EQ(this->count(), 2);
}

TYPED_TEST(DbSession, ForgetsWhatWasNot) {
  this->db_.run([&](Session& session) { this->add(session, 1, "forgotten"); });
  EXPECT_EQ(this->count(), 0);
  this->db_.run([&](Session& session) {
    this->add(session, 1, "rolled back");
    session.rollback();
  });
  EXPECT_EQ(this->count(), 0);
  EXPECT_THROW(this->db_.run([&](Session& session) {
    this->add(session, 1, "left by an exception");
    throw std::runtime_error("on purpose");
  }),
               std::runtime_error);
  EXPECT_EQ(this->count(), 0);
}

TYPED_TEST(DbSession, IsOverAfterItsEnd) {
  for (const bool commit : {true, false}) {
    this->db_.run([&](Session& session) {
      commit ? session.commit() : session.rollback();
      EXPECT_THROW(session.execute("SELECT 1"), std::logic_error);
      EXPECT_THROW(session.commit(), std::logic_error);
      EXPECT_THROW(session.rollback(), std::logic_error);
      EXPECT_THROW((void)session.savepoint(), std::logic_error);
    });
  }
}

TYPED_TEST(DbSession, AFailedStatementFailsTheSession) {
  this->db_.run([&](Session& session) {
    this->add(session, 1, "a");
    EXPECT_DB_ERROR(Error::unique_violation, this->add(session, 2, "a"), 0);
    EXPECT_DB_ERROR(Error::transaction_failed, this->count(session));
    EXPECT_DB_ERROR(Error::transaction_failed, session.commit(), 0);
  });
  EXPECT_EQ(this->count(), 0);
}

TYPED_TEST(DbSession, SaysWhichConstraint) {
  this->db_.run([](Session& session) {
    session.execute_script(
        "CREATE TABLE parts (item INTEGER NOT NULL REFERENCES items (id));"
        "INSERT INTO items (id, name) VALUES (1, 'a')");
    session.commit();
  });
  const std::pair<const char*, Error> cases[] = {
      {"INSERT INTO items (id, name) VALUES (1, 'b')", Error::unique_violation},
      {"INSERT INTO items (id, name) VALUES (2, 'a')", Error::unique_violation},
      {"INSERT INTO items (id, name) VALUES (2, NULL)", Error::not_null_violation},
      {"INSERT INTO items (id, name, size) VALUES (2, 'b', -1)", Error::check_violation},
      {"INSERT INTO parts (item) VALUES (7)", Error::foreign_key_violation},
      {"INSERT INTO nowhere (item) VALUES (7)", Error::bad_statement},
      {"SELECT \"text\" FROM items", Error::bad_statement},
      {"SELEKT 1", Error::bad_statement},
  };
  for (const auto& [sql, expected] : cases) {
    const auto run = [&, sql = sql](Session& session) { session.execute(sql); };
    EXPECT_DB_ERROR(expected, this->db_.run(run), 0) << sql;
  }
}

TYPED_TEST(DbSession, SavepointsNest) {
  this->db_.run([&](Session& session) {
    this->add(session, 1, "kept");
    auto outer = session.savepoint();
    this->add(session, 2, "kept too");
    {
      auto inner = session.savepoint();
      this->add(session, 3, "undone");
      inner.rollback();
      EXPECT_THROW(inner.release(), std::logic_error);
    }
    {
      const auto forgotten = session.savepoint();
      this->add(session, 4, "undone as well");
    }
    auto released = session.savepoint();
    this->add(session, 5, "also kept");
    released.release();
    outer.release();
    EXPECT_THROW(outer.rollback(), std::logic_error);
    session.commit();
  });
  EXPECT_EQ(this->count(), 3);
}

TYPED_TEST(DbSession, AnOuterSavepointTakesTheInnerOnesWithIt) {
  this->db_.run([&](Session& session) {
    auto outer = session.savepoint();
    auto inner = session.savepoint();
    this->add(session, 1, "undone");
    outer.rollback();
    EXPECT_THROW(inner.release(), std::logic_error);
    this->add(session, 2, "kept");
    auto open = session.savepoint();
    session.commit();
  });
  EXPECT_EQ(this->count(), 1);
}

TYPED_TEST(DbSession, ASavepointHealsAFailure) {
  this->db_.run([&](Session& session) {
    this->add(session, 1, "a");
    {
      const auto attempt = session.savepoint();
      EXPECT_DB_ERROR(Error::unique_violation, this->add(session, 1, "b"), 0);
    }
    auto attempt = session.savepoint();
    EXPECT_DB_ERROR(Error::bad_statement, session.execute("SELEKT 1"));
    EXPECT_DB_ERROR(Error::transaction_failed, attempt.release(), 0);
    attempt.rollback();
    this->add(session, 2, "b");
    session.commit();
  });
  EXPECT_EQ(this->count(), 2);
}

TYPED_TEST(DbSession, EndsOnlyByItsOwnFunctions) {
  for (const auto* sql : {"COMMIT", "ROLLBACK", "END"}) {
    this->db_.run([&](Session& session) {
      EXPECT_DB_ERROR(Error::bad_statement, session.execute(sql)) << sql;
      EXPECT_DB_ERROR(Error::transaction_failed, session.commit(), 0) << sql;
    });
  }
  EXPECT_EQ(this->count(), 0);
}

TYPED_TEST(DbSession, OneStatementAtATime) {
  for (const auto* sql :
       {"INSERT INTO items (id, name) VALUES (1, 'a'); DELETE FROM items", "SELECT 1; SELECT 2",
        "SELECT 1;; DROP TABLE items", "SELECT ';'; SELECT 2"}) {
    this->db_.run([&](Session& session) {
      EXPECT_DB_ERROR(Error::bad_statement, session.execute(sql)) << sql;
    });
  }
  this->db_.run([&](Session& session) {
    session.execute("SELECT ';' AS \";\" ; ");
    const auto both = "INSERT INTO items (id, name) VALUES (:id, ';'); DELETE FROM items";
    EXPECT_DB_ERROR(Error::bad_statement, session.execute(both, {{"id", 1}}));
  });
}

// What stands in a comment or in quotes is neither a parameter nor the end of a statement.
TYPED_TEST(DbSession, CommentsAndQuotesAreLeftAlone) {
  this->db_.run([&](Session& session) {
    this->add(session, 1, "a");
    for (const auto* sql : {"SELECT id FROM items WHERE id = :n -- a: b",
                            "SELECT id FROM items WHERE id = :n -- it's",
                            "SELECT id /* it's :x; */ FROM items WHERE id = :n",
                            "/* :x */ SELECT id FROM items WHERE id = :n",
                            "SELECT id FROM items WHERE id = :n -- ; DROP TABLE items",
                            "SELECT id FROM items WHERE ':x' <> \"name\" AND id = :n -- :y"}) {
      const auto row = session.query_one<std::int64_t>(sql, {{"n", 1}});
      ASSERT_TRUE(row) << sql;
      EXPECT_EQ(std::get<0>(*row), 1) << sql;
    }
    EXPECT_EQ(std::get<0>(*session.query_one<std::int64_t>("SELECT 1 -- a: b")), 1);
    EXPECT_EQ(std::get<0>(*session.query_one<std::string>("SELECT 'a:b' -- it's")), "a:b");
    EXPECT_DB_ERROR(Error::bad_statement, session.execute("SELECT 1 /* ' */; DROP TABLE items"));
  });
}

TYPED_TEST(DbSession, RowsThatNobodyWantsAreNoHindrance) {
  for (int i = 0; i < 2; ++i)
    this->db_.run([&](Session& session) {
      session.execute("INSERT INTO items (id, name) VALUES (:a, 'a'), (:b, 'b') RETURNING id",
                      {{"a", 1}, {"b", 2}});
      session.execute("SELECT id FROM items");
      EXPECT_EQ(session.execute("DELETE FROM items"), 2u);
      session.commit();
    });
}

TYPED_TEST(DbSession, ReadOnlyMeansIt) {
  const auto write = [&](Session& session) { this->add(session, 1, "a"); };
  EXPECT_DB_ERROR(Error::read_only, this->db_.run(write, Access::read_only), 0);
  EXPECT_EQ(
      this->db_.run([&](Session& session) { return this->count(session); }, Access::read_only), 0);
  this->db_.run([&](Session& session) {
    this->add(session, 1, "a");
    session.commit();
  });
  EXPECT_EQ(this->count(), 1);
}

TYPED_TEST(DbSession, GivesTheConnectionBackWhole) {
  Options options;
  options.pool_size = 1;
  auto db = this->open(options);
  db.run([](Session& session) {
    session.execute("CREATE TEMPORARY TABLE left_behind (id INTEGER)");
    session.commit();
  });
  const auto look = [](Session& session) { session.query<int>("SELECT id FROM left_behind"); };
  EXPECT_DB_ERROR(Error::bad_statement, db.run(look), 0);
}

// Values

template <class Place>
class DbValues : public DbContract<Place> {
 protected:
  void SetUp() override {
    this->db_.run([](Session& session) {
      // Both know these names, if not by the same meaning.
      session.execute(
          "CREATE TABLE things (i BIGINT, d DOUBLE PRECISION, s TEXT, b BOOLEAN, j JSON)");
      session.commit();
    });
  }

  /// What comes back from a column that `value` was put in.
  template <class Out, class In>
  Out through(const std::string& column, const In& value) {
    return this->db_.run([&](Session& session) {
      session.execute("INSERT INTO things (" + column + ") VALUES (:value)", {{"value", value}});
      return std::get<0>(session.query<Out>("SELECT " + column + " FROM things").at(0));
    });
  }
};
TYPED_TEST_SUITE(DbValues, Places);

TYPED_TEST(DbValues, Numbers) {
  using Big = std::numeric_limits<std::int64_t>;
  for (const std::int64_t value : {Big::min(), Big::max(), std::int64_t{0}, std::int64_t{-1}})
    EXPECT_EQ(this->template through<std::int64_t>("i", value), value);
  EXPECT_EQ(this->template through<std::uint64_t>("i", std::uint64_t{5}), 5u);
  EXPECT_DB_ERROR(Error::bad_value,
                  this->template through<std::uint64_t>("i", std::uint64_t{1} << 63));
  for (const double value : {0.1, -1e300, 5e-324, 1.0 / 3, 12345678901234567.0})
    EXPECT_EQ(this->template through<double>("d", value), value);
  EXPECT_TRUE(this->template through<bool>("b", true));
  EXPECT_FALSE(this->template through<bool>("b", false));
}

TYPED_TEST(DbValues, Texts) {
  const std::string ascii = [] {
    std::string all;
    for (char c = 1; c != 127; ++c) all += c;
    return all;
  }();
  for (const std::string& value : {std::string(), ascii, std::string("é漢🙂"),
                                   std::string(200'000, 'x'), std::string("NULL")})
    EXPECT_EQ(this->template through<std::string>("s", value), value);
  EXPECT_EQ(this->template through<std::string>("s", "literal"), "literal");
  EXPECT_EQ(this->template through<std::string>("s", std::string_view("view")), "view");
  // PostgreSQL has no room for it, so it is refused before it could be cut off.
  EXPECT_DB_ERROR(Error::bad_value,
                  this->template through<std::string>("s", std::string("a\0b", 3)));
}

TYPED_TEST(DbValues, Nothing) {
  using Text = std::optional<std::string>;
  EXPECT_EQ(this->template through<Text>("s", nullptr), std::nullopt);
  EXPECT_EQ(this->template through<Text>("s", Text()), std::nullopt);
  EXPECT_EQ(this->template through<Text>("s", Text("")), "");
  EXPECT_EQ(this->template through<std::optional<int>>("i", std::optional<int>()), std::nullopt);
  EXPECT_DB_ERROR(Error::wrong_type, this->template through<int>("i", nullptr));
}

TYPED_TEST(DbValues, Json) {
  const auto value = boost::json::parse(R"({"a": [1, 2.5, "x'\"\u00e9", null, true], "": {}})");
  EXPECT_EQ(this->template through<boost::json::value>("j", value), value);
  EXPECT_EQ(this->template through<boost::json::object>("j", value.as_object()), value.as_object());
  EXPECT_EQ(this->template through<boost::json::value>("j", boost::json::value(nullptr)), nullptr);
  using Maybe = std::optional<boost::json::value>;
  EXPECT_EQ(this->template through<Maybe>("j", Maybe()), std::nullopt);
  EXPECT_DB_ERROR(Error::wrong_type,
                  this->template through<boost::json::object>("j", boost::json::value(1)));
}

TYPED_TEST(DbValues, ColumnsAreWhatTheyAreAskedFor) {
  EXPECT_DB_ERROR(Error::wrong_type, this->template through<int>("s", "text"));
  EXPECT_DB_ERROR(Error::wrong_type, this->template through<int>("s", ""));
  EXPECT_DB_ERROR(Error::wrong_type, this->template through<double>("s", "text"));
  EXPECT_DB_ERROR(Error::wrong_type, this->template through<int>("d", 1.5));
  EXPECT_DB_ERROR(Error::wrong_type, this->template through<std::int8_t>("i", 300));
  EXPECT_DB_ERROR(Error::wrong_type, this->template through<unsigned>("i", -1));
  EXPECT_DB_ERROR(Error::wrong_type, this->template through<bool>("i", 2));
  EXPECT_DB_ERROR(Error::wrong_type, this->template through<boost::json::value>("s", "{"));
  EXPECT_EQ(this->template through<double>("i", 2), 2.0);
  EXPECT_EQ(this->template through<std::string>("i", 2), "2");
  this->db_.run([](Session& session) {
    const auto two = [&] { return session.query<int>("SELECT 1, 2"); };
    EXPECT_DB_ERROR(Error::wrong_type, two());
  });
  this->db_.run([](Session& session) {
    const auto one = [&] { return session.query<int, int>("SELECT 1"); };
    EXPECT_DB_ERROR(Error::wrong_type, one());
  });
}

TYPED_TEST(DbValues, RowsComeInOrder) {
  this->db_.run([](Session& session) {
    for (int i = 0; i < 300; ++i)
      session.execute(
          "INSERT INTO things (i, s) VALUES (:i, :s)",
          {{"i", i}, {"s", i % 2 == 0 ? std::optional<std::string>("even") : std::nullopt}});
    const auto rows =
        session.query<int, std::optional<std::string>>("SELECT i, s FROM things ORDER BY i");
    ASSERT_EQ(rows.size(), 300u);
    for (int i = 0; i < 300; ++i) {
      const auto& [number, text] = rows[static_cast<std::size_t>(i)];
      EXPECT_EQ(number, i);
      EXPECT_EQ(text.has_value(), i % 2 == 0);
    }
    EXPECT_EQ(session.query_one<int>("SELECT i FROM things WHERE i = 1000"), std::nullopt);
  });
}

TYPED_TEST(DbValues, ParametersFitTheirStatement) {
  const auto refused = [&](const char* sql, std::initializer_list<Param> params) {
    const auto run = [&](Session& session) { session.execute(sql, params); };
    EXPECT_DB_ERROR(Error::bad_statement, this->db_.run(run), 0) << sql;
  };
  refused("INSERT INTO things (i, s) VALUES (:i, :s)", {{"i", 1}});
  refused("INSERT INTO things (i) VALUES (:i)", {});
  refused("INSERT INTO things (i) VALUES (:i)", {{"i", 1}, {"j", 2}});
  refused("INSERT INTO things (i) VALUES (:i)", {{"i", 1}, {"i", 2}});
  refused("INSERT INTO things (i) VALUES (:i)", {{"I", 1}});
  refused("INSERT INTO things (i) VALUES (:i)", {{"", 1}});
  refused("INSERT INTO things (i) VALUES (1)", {{"i", 1}});
  refused("INSERT INTO things (i) VALUES (?)", {{"i", 1}});
  this->db_.run([](Session& session) {
    session.execute("INSERT INTO things (i, d, s) VALUES (:x, :x, ':y')", {{"x", 3}});
    const auto row = session.query_one<int, double, std::string>(
        "SELECT i, d, s FROM things WHERE i = :x OR d = :x", {{"x", 3}});
    EXPECT_EQ(row, std::tuple(3, 3.0, std::string(":y")));
  });
}

TYPED_TEST(DbValues, NoValueIsEverSql) {
  const std::string attempts[] = {
      "'; DROP TABLE things; --",
      "' OR '1'='1",
      "\\'; DROP TABLE things; --",
      "\" OR \"\"=\"",
      "$1",
      ":value",
      "::text",
      "?",
      "%s",
      "'); DELETE FROM things; COMMIT; --",
      "/* */",
      "--",
      "\xbf'; DROP TABLE things; --",
      "$$; DROP TABLE things; $$",
      "x' UNION SELECT 1 --",
      "1; SELECT pg_sleep(10)",
      "\n;\nDROP TABLE things",
      "NULL",
      "'",
      "''",
      "\\",
      "E'\\x27'",
  };
  for (const auto& attempt : attempts) {
    this->db_.run([&](Session& session) {
      if (attempt.front() == '\xbf' && session.backend() == Backend::postgresql) {
        const auto insert = [&] {
          session.execute("INSERT INTO things (s) VALUES (:value)", {{"value", attempt}});
        };
        EXPECT_DB_ERROR(Error::bad_value, insert(), 0);  // no UTF-8
        return;
      }
      session.execute("INSERT INTO things (s) VALUES (:value)", {{"value", attempt}});
      const auto found =
          session.query<std::string>("SELECT s FROM things WHERE s = :value", {{"value", attempt}});
      ASSERT_EQ(found.size(), 1u) << attempt;
      EXPECT_EQ(std::get<0>(found[0]), attempt);
    });
    if (attempt.front() != '\xbf') {
      const boost::json::value json{{attempt, attempt}};
      EXPECT_EQ(this->template through<boost::json::value>("j", json), json);
    }
    // A name is looked up, never put into the text.
    const auto by_name = [&](Session& session) {
      session.execute("INSERT INTO things (s) VALUES (:value)", {{attempt, 1}});
    };
    EXPECT_DB_ERROR(Error::bad_statement, this->db_.run(by_name), 0) << attempt;
  }
  const auto all = [](Session& session) {
    return std::get<0>(*session.query_one<int>("SELECT count(*) FROM things"));
  };
  EXPECT_EQ(this->db_.run(all), 0);
}

}  // namespace
}  // namespace webtool::db
