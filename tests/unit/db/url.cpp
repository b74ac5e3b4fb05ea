#include "db/url.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace webtool::db {
namespace {

using namespace std::chrono_literals;

using Parameters = std::map<std::string, std::string>;

std::string complaint_about(std::string_view url) {
  try {
    (void)parse_url(url);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(DbUrl, Sqlite) {
  EXPECT_EQ(parse_url("sqlite:///file.db").file, "./file.db");
  EXPECT_EQ(parse_url("sqlite:////var/lib/file.db").file, "/var/lib/file.db");
  EXPECT_EQ(parse_url("sqlite:///a%20b%C3%A9").file, "./a bé");
  EXPECT_EQ(parse_url("sqlite:///file:x").file, "./file:x");
  EXPECT_TRUE(parse_url("sqlite://:memory:").in_memory());
  EXPECT_TRUE(parse_url("sqlite:///:memory:").in_memory());
  EXPECT_FALSE(parse_url("sqlite:///x").in_memory());
}

TEST(DbUrl, Postgresql) {
  const auto target =
      parse_url("postgresql://us%40er:p%3Aass:w@ord@[::1]:5433/d%2Fb?sslmode=require");
  EXPECT_EQ(target.parameters, (Parameters{{"dbname", "d/b"},
                                           {"host", "::1"},
                                           {"port", "5433"},
                                           {"sslmode", "require"},
                                           {"user", "us@er"}}));
  EXPECT_EQ(target.password.expose(), "p:ass:w@ord");
  EXPECT_EQ(parse_url("postgresql:///db").parameters, (Parameters{{"dbname", "db"}}));
  EXPECT_EQ(parse_url("postgresql:///db?host=%2Frun").parameters,
            (Parameters{{"dbname", "db"}, {"host", "/run"}}));
}

TEST(DbUrl, ConnectStringIsQuoted) {
  const auto target = parse_url("postgresql://u:p'a%5Css@h/db");
  const auto text = connect_string(target, {});
  EXPECT_NE(text.find("password='p\\'a\\\\ss' "), std::string::npos) << text;
  EXPECT_NE(text.find("options='-c statement_timeout=30000' "), std::string::npos) << text;
}

TEST(DbUrl, RefusesAllElse) {
  for (const auto* url : {"",
                          "x",
                          "sqlite",
                          "sqlite:",
                          "sqlite:/",
                          "sqlite://",
                          "sqlite:///",
                          "sqlite://file",
                          "sqlite://host/file",
                          "sqlite:///folder/",
                          "sqlite:///x?mode=ro",
                          "sqlite:///a=b",
                          "sqlite:///a\"b",
                          "sqlite:///a%3db",
                          "sqlite:///a%00",
                          "sqlite:///a%",
                          "sqlite:///a%2",
                          "sqlite:///a%zz",
                          "sqlite:///a b",
                          "sqlite:///a#b",
                          "SQLITE:///a",
                          "mysql://h/db",
                          "postgres://h/db",
                          "postgresql:",
                          "postgresql://",
                          "postgresql://h",
                          "postgresql://h/",
                          "postgresql://h:/db",
                          "postgresql://h:0/db",
                          "postgresql://h:65536/db",
                          "postgresql://h:-1/db",
                          "postgresql://h:5x/db",
                          "postgresql://h,i/db",
                          "postgresql://%2Frun/db",
                          "postgresql://@h/db",
                          "postgresql://:p@h/db",
                          "postgresql://[::1/db",
                          "postgresql://[host]/db",
                          "postgresql://[::1]5432/db",
                          "postgresql://h/db?x=1",
                          "postgresql://h/db?sslmode",
                          "postgresql://h/db?sslmode=",
                          "postgresql://h/db?password=x",
                          "postgresql://h/db?options=-c%20a",
                          "postgresql://h/db?host=/run",
                          "postgresql:///db?host=relative",
                          "postgresql://h/db?sslmode=a&sslmode=b",
                          "postgresql://h/db\n",
                          "postgresql://h/d\xc3\xa9"}) {
    EXPECT_TRUE(complaint_about(url).starts_with("database URL: ")) << url;
  }
}

TEST(DbUrl, ComplaintsQuoteNothing) {
  for (const auto* url :
       {"postgresql://user:hunter2@host:notaport/db", "postgresql://user:hunter2/x@host/db",
        "postgresql://user:hunter2?x@host/db", "postgresql://user:hunter2", "hunter2://x",
        "postgresql://user:hunter2%zz@host/db", "postgresql://h/db?hunter2=1"}) {
    const auto complaint = complaint_about(url);
    EXPECT_FALSE(complaint.empty()) << url;
    EXPECT_EQ(complaint.find("hunter2"), std::string::npos) << complaint;
  }
}

TEST(DbOptions, ImpossibleOnesAreNamed) {
  const auto complaint = [](auto change) {
    Options options;
    change(options);
    try {
      (void)checked(options);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(complaint([](Options&) {}), "");
  EXPECT_NE(complaint([](Options& o) { o.pool_size = 0; }).find("pool_size"), std::string::npos);
  EXPECT_NE(complaint([](Options& o) { o.acquire_timeout = 0ms; }).find("acquire_timeout"),
            std::string::npos);
  EXPECT_NE(complaint([](Options& o) { o.statement_timeout = -1ms; }).find("statement_timeout"),
            std::string::npos);
  EXPECT_NE(complaint([](Options& o) { o.connect_timeout = 0s; }).find("connect_timeout"),
            std::string::npos);
  EXPECT_NE(complaint([](Options& o) { o.sqlite_busy_timeout = 48h; }).find("sqlite_busy_timeout"),
            std::string::npos);
}

}  // namespace
}  // namespace webtool::db
