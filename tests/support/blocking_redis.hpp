// A blocking connection to a redis-server over its Unix socket. It lets a test look into a server
// without the client that is tested.
#pragma once

#include <string>
#include <vector>

#include <webtool/redis/reply.hpp>

#include "redis/reply_reader.hpp"

namespace webtool::test {

class BlockingRedis {
 public:
  /// Connects. Throws std::system_error if the server does not listen.
  explicit BlockingRedis(const std::string& path);
  BlockingRedis(const BlockingRedis&) = delete;
  BlockingRedis& operator=(const BlockingRedis&) = delete;
  ~BlockingRedis();

  /// Runs one command and waits for the reply, up to 20 seconds. Throws std::runtime_error if there
  /// is none. The connection cannot be used any more then.
  redis::Reply run(const std::vector<std::string>& words);

 private:
  int socket_;
  redis::ReplyReader reader_;
};

}  // namespace webtool::test
