// The schema's steps: once each, all or nothing each, whoever else is starting.
#include <sys/wait.h>

#include <cstdlib>
#include <thread>

#include "contract/db_places.hpp"

namespace webtool::db {
namespace {

constexpr auto child_url = "WEBTOOL_TEST_MIGRATE_URL";

// Inserting what is counted shows how often it was applied; the sums take a while.
std::vector<Migration> steps() {
  return {{1, "CREATE TABLE log (step INTEGER); INSERT INTO log (step) VALUES (1)"},
          {2,
           "INSERT INTO log (step) SELECT 2 FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
           " SELECT i + 1 FROM n WHERE i < 50000) SELECT count(*) FROM n) AS many"},
          {10, "INSERT INTO log (step) VALUES (10);\n-- it's the last; really\n"}};
}

template <class Place>
class DbMigrations : public DbContract<Place> {
 protected:
  std::string applied() {
    return this->db_.run([](Session& session) {
      std::string text;
      for (const auto& [step] : session.query<int>("SELECT step FROM log ORDER BY step"))
        text += std::to_string(step) + " ";
      return text;
    });
  }
  bool has_table(const std::string& name) {
    try {
      this->db_.run([&](Session& session) { session.execute("SELECT 1 FROM " + name); });
      return true;
    } catch (const DatabaseError&) {
      return false;
    }
  }
};
TYPED_TEST_SUITE(DbMigrations, Places);

TYPED_TEST(DbMigrations, AppliesEachOnce) {
  const auto all = steps();
  this->db_.init(std::span(all).first(1));
  EXPECT_EQ(this->applied(), "1 ");
  for (int i = 0; i < 3; ++i) this->db_.init(all);
  EXPECT_EQ(this->applied(), "1 2 10 ");
  // An older version of the program starts beside the newer one.
  this->db_.init(std::span(all).first(2));
  EXPECT_EQ(this->applied(), "1 2 10 ");
}

TYPED_TEST(DbMigrations, WorksWithOneConnection) {
  Options options;
  options.pool_size = 1;
  auto db = this->open(options);
  db.init(steps());
  EXPECT_EQ(this->applied(), "1 2 10 ");
}

TYPED_TEST(DbMigrations, OneThatFailsLeavesNothing) {
  auto all = steps();
  all[1].sql = "CREATE TABLE half (id INTEGER); INSERT INTO log (step) VALUES (2); SELEKT 1";
  for (int i = 0; i < 2; ++i) EXPECT_DB_ERROR(Error::bad_statement, this->db_.init(all), 0);
  EXPECT_EQ(this->applied(), "1 ");
  EXPECT_FALSE(this->has_table("half"));
  this->db_.init(steps());
  EXPECT_EQ(this->applied(), "1 2 10 ");
}

TYPED_TEST(DbMigrations, WhatWasAppliedMustNotChange) {
  auto all = steps();
  this->db_.init(all);
  all[0].sql += " ";
  EXPECT_DB_ERROR(Error::migration_changed, this->db_.init(all), 0);
}

TYPED_TEST(DbMigrations, ScriptsDoNotEndTheirTransaction) {
  for (const auto* end : {"COMMIT", "ROLLBACK", "COMMIT; BEGIN", "ROLLBACK; BEGIN"}) {
    std::vector<Migration> all{{1, end}};
    const Error error = error_of([&] { this->db_.init(all); });
    EXPECT_TRUE(error == Error::migration_invalid || error == Error::bad_statement) << end;
    this->db_.run([](Session& session) {
      const auto count = session.query_one<int>("SELECT count(*) FROM webtool_migrations");
      EXPECT_EQ(std::get<0>(*count), 0);
    });
  }
}

TYPED_TEST(DbMigrations, NumbersAscend) {
  for (const auto& numbers :
       {std::pair(2, 1), std::pair(1, 1), std::pair(0, 1), std::pair(-1, 1)}) {
    const std::vector<Migration> all{{numbers.first, "SELECT 1"}, {numbers.second, "SELECT 1"}};
    EXPECT_THROW(this->db_.init(all), std::invalid_argument);
  }
}

TYPED_TEST(DbMigrations, ManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      try {
        auto db = this->open();
        db.init(steps());
      } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(this->applied(), "1 2 10 ");
}

TYPED_TEST(DbMigrations, TwoProcessesAtOnce) {
  ::setenv(child_url, this->where_.url().c_str(), 1);
  std::vector<pid_t> children;
  for (int i = 0; i < 2; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::execl("/proc/self/exe", "child", "--gtest_filter=DbMigrationsChild.*", nullptr);
      ::_exit(127);
    }
    children.push_back(child);
  }
  ::unsetenv(child_url);
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(this->applied(), "1 2 10 ");
}

TEST(DbMigrationsChild, Migrates) {
  const char* url = std::getenv(child_url);
  if (url == nullptr) return;  // no child
  SyncDB db(url);
  init_db(db, steps());
}

}  // namespace
}  // namespace webtool::db
