// The accounts: names and password hashes in a SQL database. The constructor creates the schema.
#pragma once

#include <webtool/db/async_db.hpp>
#include <webtool/db/migration.hpp>
#include <webtool/db/sync_db.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "passwords.hpp"

/// Removes the access of other users of the machine to the files of an SQLite database, if they
/// exist.
inline void make_private(const std::string& url) {
  namespace fs = std::filesystem;
  static constexpr std::string_view sqlite = "sqlite:///";
  if (!url.starts_with(sqlite)) return;
  const std::string file = url.substr(sqlite.size());
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    std::error_code missing;
    fs::permissions(file + suffix, fs::perms::owner_read | fs::perms::owner_write, missing);
  }
}

class UserStore {
 public:
  UserStore(const std::string& url, PasswordCost cost) : db_(url), passwords_(cost) {
    static const std::array schema = {webtool::db::Migration{
        1,
        "CREATE TABLE users (name VARCHAR(64) PRIMARY KEY, password TEXT NOT NULL,"
        " created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)"}};
    webtool::db::SyncDB at_start(url);
    webtool::db::init_db(at_start, schema);
  }

  /// The canonical spelling of a name, or nullopt if the name is not allowed.
  static std::optional<std::string> canonical_name(std::string name) {
    static constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    for (auto& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool fine =
        !name.empty() && name.size() <= 64 && name.find_first_not_of(allowed) == std::string::npos;
    return fine ? std::optional(name) : std::nullopt;
  }

  /// Reserves a name for an account. Nobody can log in to the account yet. Returns false if the
  /// name is taken. A name whose registration was never completed is not taken.
  webtool::awaitable<bool> reserve(const std::string& name) {
    const auto insert = [&](webtool::db::Session& session) {
      session.execute(
          "INSERT INTO users (name, password) VALUES (:name, '') ON CONFLICT (name) DO NOTHING",
          {{"name", name}});
      session.commit();
    };
    co_await db_.run(insert);
    const auto hash = co_await find(name);
    co_return hash && hash->empty();
  }

  /// Stores the password of a reserved name. Returns false if another registration was faster.
  webtool::awaitable<bool> complete(const std::string& name, const webtool::Secret& password) {
    const std::string hash = co_await passwords_.hash(password);
    const auto update = [&](webtool::db::Session& session) {
      const auto updated =
          session.execute("UPDATE users SET password = :hash WHERE name = :name AND password = ''",
                          {{"name", name}, {"hash", hash}});
      session.commit();
      return updated == 1;
    };
    co_return co_await db_.run(update);
  }

  /// True if the name belongs to an account or is reserved.
  webtool::awaitable<bool> exists(const std::string& name) {
    const auto hash = co_await find(name);
    co_return hash.has_value();
  }

  /// A wrong name and a wrong password return the same result after the same time.
  webtool::awaitable<bool> check(const std::string& name, const webtool::Secret& password) {
    const auto found = co_await find(name);
    const std::string* hash = found && !found->empty() ? &*found : nullptr;
    const bool right = co_await passwords_.verify(password, hash);
    if (right && passwords_.is_outdated(*hash)) co_await rehash(name, password, *hash);
    co_return right;
  }

 private:
  /// The hash of a name's password. It is empty if the name is only reserved.
  webtool::awaitable<std::optional<std::string>> find(const std::string& name) {
    const auto select = [&](webtool::db::Session& session) {
      return session.query_one<std::string>("SELECT password FROM users WHERE name = :name",
                                            {{"name", name}});
    };
    auto found = co_await db_.run(select, webtool::db::Access::read_only);
    if (!found) co_return std::nullopt;
    co_return std::move(std::get<0>(*found));
  }

  /// Hashes the password again at the current cost. Only a login provides the password.
  webtool::awaitable<void> rehash(const std::string& name, const webtool::Secret& password,
                                  const std::string& old_hash) {
    const std::string hash = co_await passwords_.hash(password);
    const auto update = [&](webtool::db::Session& session) {
      // Do nothing if the password was changed meanwhile.
      session.execute("UPDATE users SET password = :hash WHERE name = :name AND password = :old",
                      {{"hash", hash}, {"name", name}, {"old", old_hash}});
      session.commit();
    };
    co_await db_.run(update);
  }

  webtool::db::AsyncDB db_;
  Passwords passwords_;
};
