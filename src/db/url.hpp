// Parses and checks a database URL before a connection is opened.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <webtool/core/secret.hpp>
#include <webtool/db/options.hpp>
#include <webtool/db/session.hpp>

namespace webtool::db {

struct Target {
  Backend backend = Backend::sqlite;
  /// SQLite: the file, or `:memory:`.
  std::string file{};
  /// PostgreSQL: the parameters of libpq, except the password.
  std::map<std::string, std::string> parameters{};
  Secret password{};

  [[nodiscard]] bool in_memory() const { return file == ":memory:"; }
};

/// Throws std::invalid_argument that names the invalid part and never quotes the URL.
[[nodiscard]] Target parse_url(std::string_view url);

/// Returns `options`. Throws std::invalid_argument that names the field if a value is not allowed.
[[nodiscard]] Options checked(Options options);

/// The connection string for libpq. It contains the password.
[[nodiscard]] std::string connect_string(const Target& target, const Options& options);

}  // namespace webtool::db
