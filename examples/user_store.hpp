// Who may log in: names and password hashes, in a SQL database. The schema makes itself.
#pragma once

#include <webtool/db/async_db.hpp>
#include <webtool/db/migration.hpp>
#include <webtool/db/sync_db.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "passwords.hpp"

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

  /// The one spelling by which a name is known; nothing where it cannot be a name.
  static std::optional<std::string> canonical_name(std::string name) {
    static constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    for (auto& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool fine =
        !name.empty() && name.size() <= 64 && name.find_first_not_of(allowed) == std::string::npos;
    return fine ? std::optional(name) : std::nullopt;
  }

  /// False where somebody has that name already.
  webtool::awaitable<bool> add(const std::string& name, const webtool::Secret& password) {
    const std::string hash = co_await passwords_.hash(password);
    const auto insert = [&](webtool::db::Session& session) {
      const auto added = session.execute(
          "INSERT INTO users (name, password) VALUES (:name, :hash) ON CONFLICT (name) DO NOTHING",
          {{"name", name}, {"hash", hash}});
      session.commit();
      return added == 1;
    };
    co_return co_await db_.run(insert);
  }

  /// A wrong name and a wrong password are the same answer, after the same time.
  webtool::awaitable<bool> check(const std::string& name, const webtool::Secret& password) {
    const auto find = [&](webtool::db::Session& session) {
      return session.query_one<std::string>("SELECT password FROM users WHERE name = :name",
                                            {{"name", name}});
    };
    const auto found = co_await db_.run(find, webtool::db::Access::read_only);
    const std::string* hash = found ? &std::get<0>(*found) : nullptr;
    const bool right = co_await passwords_.verify(password, hash);
    if (right && passwords_.is_outdated(*hash)) co_await rehash(name, password, *hash);
    co_return right;
  }

 private:
  /// Only now, when it was given, is the password known.
  webtool::awaitable<void> rehash(const std::string& name, const webtool::Secret& password,
                                  const std::string& old_hash) {
    const std::string hash = co_await passwords_.hash(password);
    const auto update = [&](webtool::db::Session& session) {
      // Unless the password was changed meanwhile.
      session.execute("UPDATE users SET password = :hash WHERE name = :name AND password = :old",
                      {{"hash", hash}, {"name", name}, {"old", old_hash}});
      session.commit();
    };
    co_await db_.run(update);
  }

  webtool::db::AsyncDB db_;
  Passwords passwords_;
};
