// A real PostgreSQL for a test, with its data in a directory of its own, on a free loopback port
// and a Unix socket. It can be frozen, killed and restarted, and it cannot outlive the test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "support/temporary_folder.hpp"

namespace webtool::test {

class PostgresServer {
 public:
  /// Makes a data directory, starts the server on it and waits until it answers. PostgreSQL refuses
  /// to be root's, so a root's server is run as the user `postgres`. Throws std::runtime_error
  /// where it does not work, also where there is no PostgreSQL. The server dies with the thread
  /// that started it.
  PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer();

  /// A new, empty database: `postgresql://tester:secret@127.0.0.1:port/name`.
  [[nodiscard]] std::string make_database();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Where the Unix socket is.
  [[nodiscard]] const std::filesystem::path& directory() const noexcept {
    return directory_.path();
  }

  /// One SQL command as superuser, on a connection of its own; the first column of the first row.
  /// Throws std::runtime_error where it fails.
  std::string command(const std::string& sql) const;
  /// The server ends every client's connection, as an administrator would. When this returns, it
  /// has.
  void end_connections() const;

  /// Stops the clients' server processes in their tracks, and lets them go on.
  void freeze() const;
  void thaw() const;
  /// SIGQUIT: immediate shutdown, as in a crash.
  void kill();
  void restart();

 private:
  bool start();
  void signal_clients(int number) const;
  [[nodiscard]] std::string log() const;

  TemporaryFolder directory_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  int databases_ = 0;
};

/// One server for all tests of a program, started when first asked for.
PostgresServer& shared_postgres();

}  // namespace webtool::test
