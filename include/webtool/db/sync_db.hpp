// A database for code that may block: `SyncDB db("sqlite:///app.db")`, then one session after the
// other, each a transaction on a connection of the pool.
#pragma once

#include <memory>
#include <string_view>

#include <webtool/db/options.hpp>
#include <webtool/db/session.hpp>

namespace webtool::db {

/// May be used from many threads at once; the sessions it gives, from one each.
class SyncDB {
 public:
  /// The URL is one of `sqlite:///relative/file`, `sqlite:////absolute/file`, `sqlite://:memory:`
  /// and `postgresql://[user[:password]@][host][:port]/database`, percent-encoded where needed.
  /// PostgreSQL's parameters: `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `application_name`,
  /// and `host`, a folder with the server's Unix socket.
  /// Nothing is opened yet. Throws std::invalid_argument that names the faulty part of the URL or
  /// the options, never the password.
  explicit SyncDB(std::string_view url, Options options = {});
  SyncDB(const SyncDB&) = delete;
  SyncDB& operator=(const SyncDB&) = delete;
  /// As close. A session that still runs keeps its connection to its end.
  ~SyncDB();

  /// Begins a session. Waits for a connection as long as `Options::acquire_timeout`.
  [[nodiscard]] Session session(Access access = Access::read_write);

  /// Closes the idle connections; those in use close when their session ends. Whoever waits for a
  /// connection, or asks for one after this, gets `Error::closed`.
  void close() noexcept;

  [[nodiscard]] Backend backend() const noexcept;

 private:
  std::shared_ptr<class Pool> pool_;
};

}  // namespace webtool::db
