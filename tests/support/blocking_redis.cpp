#include "support/blocking_redis.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <webtool/redis/command.hpp>

namespace webtool::test {
namespace {

constexpr timeval patience{20, 0};
constexpr std::size_t max_reply_size = 64 * 1024 * 1024;

}  // namespace

BlockingRedis::BlockingRedis(const std::string& path)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), reader_(max_reply_size) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool fits = path.copy(address.sun_path, sizeof address.sun_path - 1) == path.size();
  if (!fits) errno = ENAMETOOLONG;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  if (!fits || ::connect(socket_, raw, sizeof address) != 0) {
    const std::error_code reason(errno, std::generic_category());
    ::close(socket_);
    throw std::system_error(reason, path);
  }
}

BlockingRedis::~BlockingRedis() {
  ::close(socket_);
}

redis::Reply BlockingRedis::run(const std::vector<std::string>& words) {
  redis::Command command(words.at(0));
  for (std::size_t i = 1; i < words.size(); ++i) command.add(words[i]);
  const std::string wire = command.encode();
  for (std::string_view rest = wire; !rest.empty();) {
    const ssize_t size = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (size <= 0) throw std::runtime_error(words[0] + ": cannot write to the server");
    rest.remove_prefix(static_cast<std::size_t>(size));
  }
  std::optional<redis::Reply> reply;
  std::array<char, 65'536> buffer;
  while (!reply) {
    const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (size <= 0) throw std::runtime_error(words[0] + ": no reply");
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
    if (!reader_.feed(bytes, [&](redis::Reply&& next) { reply = std::move(next); }))
      throw std::runtime_error(words[0] + ": the reply is not RESP");
  }
  return *std::move(reply);
}

}  // namespace webtool::test
