// A database URL taken apart, and checked before anything is opened.
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
  /// PostgreSQL: libpq's parameters but the password.
  std::map<std::string, std::string> parameters{};
  Secret password{};

  [[nodiscard]] bool in_memory() const { return file == ":memory:"; }
};

/// Throws std::invalid_argument that names the faulty part and quotes nothing of the URL.
[[nodiscard]] Target parse_url(std::string_view url);

/// Throws std::invalid_argument that names the field, for options that are impossible.
[[nodiscard]] Options checked(Options options);

/// What libpq connects by. It contains the password.
[[nodiscard]] std::string connect_string(const Target& target, const Options& options);

}  // namespace webtool::db
