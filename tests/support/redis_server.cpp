#include "support/redis_server.hpp"

#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/blocking_redis.hpp"

namespace webtool::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto patience = 20s;
constexpr auto pause = 2ms;

}  // namespace

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  const bool bound = ::bind(socket, raw, size) == 0 && ::getsockname(socket, raw, &size) == 0;
  ::close(socket);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

RedisServer::RedisServer(std::vector<std::string> arguments, Mode mode)
    : arguments_(std::move(arguments)), mode_(mode), directory_("redis") {
  try {
    // Somebody else may take the port between our look and the server's.
    do port_ = free_port();
    while (start() == Started::port_taken);
    if (mode_ == Mode::cluster) serve_all_slots();
  } catch (...) {
    kill();
    throw;
  }
}

RedisServer::~RedisServer() {
  kill();
}

std::string RedisServer::url() const {
  return (mode_ == Mode::tls ? "rediss://localhost:" : "redis://127.0.0.1:") +
         std::to_string(port_);
}

RedisServer::Started RedisServer::start() {
  const std::string port = std::to_string(port_);
  std::vector<std::string> words{"redis-server",
                                 "--bind",
                                 "127.0.0.1",
                                 "--port",
                                 mode_ == Mode::tls ? "0" : port,
                                 "--unixsocket",
                                 unix_socket(),
                                 "--dir",
                                 directory_.path(),
                                 "--logfile",
                                 directory_ / "redis.log",
                                 "--save",
                                 "",
                                 "--appendonly",
                                 "no",
                                 "--enable-debug-command",
                                 "local"};
  if (mode_ == Mode::tls) words.insert(words.end(), {"--tls-port", port});
  if (mode_ == Mode::cluster) {
    words.insert(words.end(), {"--cluster-enabled", "yes"});
    words.insert(words.end(), {"--cluster-port", std::to_string(free_port())});
  }
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  std::filesystem::remove(unix_socket());
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(126);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }

  // The Unix socket is made after the port is bound and lies in our own directory, so an answer
  // there comes from our own server and says that the port is its.
  for (const auto deadline = Clock::now() + patience; Clock::now() < deadline;) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        throw std::runtime_error("redis-server is not installed");
      }
      if (log().find("Address already in use") != std::string::npos) {
        std::filesystem::remove(directory_ / "redis.log");
        return Started::port_taken;
      }
      throw std::runtime_error("redis-server ended:\n" + log());
    }
    try {
      connection_ = std::make_unique<BlockingRedis>(unix_socket());
      connection_->run({"PING"});
      return Started::yes;
    } catch (const std::runtime_error&) {
      connection_.reset();
    }
    std::this_thread::sleep_for(pause);
  }
  throw std::runtime_error("redis-server does not answer:\n" + log());
}

redis::Reply RedisServer::command(const std::vector<std::string>& words) {
  if (!connection_) connection_ = std::make_unique<BlockingRedis>(unix_socket());
  redis::Reply reply;
  try {
    reply = connection_->run(words);
  } catch (...) {
    connection_.reset();
    throw;
  }
  if (const auto* error = std::get_if<redis::Reply::ErrorText>(&reply.value))
    throw std::runtime_error(error->text);
  return reply;
}

void RedisServer::serve_all_slots() {
  command({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
  for (const auto deadline = Clock::now() + patience; Clock::now() < deadline;) {
    const redis::Reply info = command({"CLUSTER", "INFO"});
    if (info.string()->find("cluster_state:ok") != std::string::npos) return;
    std::this_thread::sleep_for(pause);
  }
  throw std::runtime_error("the cluster node does not become ready:\n" + log());
}

void RedisServer::freeze() {
  ::kill(pid_, SIGSTOP);
  ::waitpid(pid_, nullptr, WUNTRACED);
}

void RedisServer::thaw() {
  ::kill(pid_, SIGCONT);
}

void RedisServer::kill() {
  connection_.reset();
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void RedisServer::restart() {
  kill();
  // The port is ours to have again, but another process may hold it for a moment.
  for (const auto deadline = Clock::now() + patience; Clock::now() < deadline;) {
    if (start() == Started::yes) return;
    std::this_thread::sleep_for(pause);
  }
  throw std::runtime_error("the port of redis-server was taken");
}

int RedisServer::calls(const std::string& name) {
  const auto stats = *command({"INFO", "commandstats"}).string();
  const auto field = "cmdstat_" + name + ":calls=";
  const auto at = stats.find(field);
  return at == std::string::npos ? 0 : std::stoi(stats.substr(at + field.size()));
}

std::string RedisServer::log() const {
  std::ifstream file(directory_ / "redis.log");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace webtool::test
