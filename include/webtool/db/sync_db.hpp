// A database for code that may block, such as `SyncDB db("sqlite:///app.db")`. Each session is a
// transaction on a connection of the pool.
#pragma once

#include <memory>
#include <string_view>

#include <webtool/db/options.hpp>
#include <webtool/db/session.hpp>

namespace webtool::db {

/// Many threads may use one SyncDB at the same time, but only one thread may use each session.
class SyncDB {
 public:
  /// The URL is one of `sqlite:///relative/file`, `sqlite:////absolute/file`, `sqlite://:memory:`
  /// and `postgresql://[user[:password]@][host][:port]/database`, percent-encoded where needed.
  /// PostgreSQL's parameters: `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `application_name`,
  /// and `host`, the directory of the server's Unix socket.
  /// The constructor opens no connection. Throws std::invalid_argument that names the invalid part
  /// of the URL or the options, and never contains the password.
  explicit SyncDB(std::string_view url, Options options = {});
  SyncDB(const SyncDB&) = delete;
  SyncDB& operator=(const SyncDB&) = delete;
  /// Like close. A running session keeps its connection until its end.
  ~SyncDB();

  /// Begins a session. Waits at most `Options::acquire_timeout` for a connection.
  [[nodiscard]] Session session(Access access = Access::read_write);

  /// Closes the idle connections. A connection in use closes when its session ends. Callers that
  /// wait for a connection, and all later callers, get `Error::closed`.
  void close() noexcept;

  [[nodiscard]] Backend backend() const noexcept;

 private:
  std::shared_ptr<class Pool> pool_;
};

}  // namespace webtool::db
