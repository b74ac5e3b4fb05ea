// A real redis-server for a test, on a free loopback port and on a Unix socket in a directory of
// its own. It can be frozen, killed and restarted on the same port, and it cannot outlive the test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/redis/reply.hpp>

#include "support/temporary_folder.hpp"

namespace webtool::test {

class BlockingRedis;

class RedisServer {
 public:
  /// `cluster` is one node that owns every slot; `tls` listens with TLS only (give the certificate
  /// by `arguments`).
  enum class Mode { standalone, cluster, tls };

  /// Starts the server with `arguments` added (as on its command line) and waits until it answers.
  /// Throws std::runtime_error where it does not, also where there is no redis-server to start.
  /// The server dies with the thread that started it.
  explicit RedisServer(std::vector<std::string> arguments = {}, Mode mode = Mode::standalone);
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  ~RedisServer();

  /// `redis://127.0.0.1:port` (`rediss://localhost:port` in Mode::tls).
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Where the server keeps its files; gone with this object.
  [[nodiscard]] const std::filesystem::path& directory() const noexcept {
    return directory_.path();
  }
  [[nodiscard]] std::string unix_socket() const { return directory_ / "redis.sock"; }

  /// Stops the process in its tracks (SIGSTOP): connections stay open, nothing is answered.
  void freeze();
  void thaw();
  /// SIGKILL, now.
  void kill();
  /// Kills it if need be and starts it again, with the same port, files and arguments.
  void restart();

  /// Runs one command on a connection of this object's own (over the Unix socket) and waits for
  /// the reply. An error reply is thrown as std::runtime_error.
  redis::Reply command(const std::vector<std::string>& words);
  /// How often the server has run the command of this name (in lower case), calls by scripts too.
  int calls(const std::string& name);

 private:
  enum class Started { yes, port_taken };
  Started start();
  void serve_all_slots();
  [[nodiscard]] std::string log() const;

  std::vector<std::string> arguments_;
  Mode mode_;
  TemporaryFolder directory_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  std::unique_ptr<BlockingRedis> connection_;
};

/// A loopback port that was free a moment ago.
[[nodiscard]] std::uint16_t free_port();

}  // namespace webtool::test
