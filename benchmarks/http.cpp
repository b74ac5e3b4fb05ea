// The HTTP server beside nginx: one worker each, the same load from wrk, in the same run. nginx
// answers without looking (`return 200`); the second route here checks an Ed25519 token and its
// session before it does.
#include <fmt/format.h>

#include <webtool/auth/backend.hpp>
#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/in_memory_cache.hpp>
#include <webtool/http/server.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace webtool;

constexpr int rounds = 3;
constexpr int seconds = 3;
constexpr int connections = 64;

std::uint16_t free_port() {
  asio::io_context context;
  asio::ip::tcp::acceptor probe(context, {asio::ip::address_v4::loopback(), 0});
  return probe.local_endpoint().port();
}

/// nginx with one worker and no log, for as long as this lives.
class Nginx {
 public:
  Nginx() : port_(free_port()) {
    std::string name = fs::temp_directory_path() / "webtool-nginx-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    directory_ = name;
    std::ofstream(directory_ / "nginx.conf") << fmt::format(
        "daemon off; master_process off; pid {0}/pid; error_log {0}/error.log;\n"
        "events {{ worker_connections 1024; }}\n"
        "http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {0};\n"
        "  proxy_temp_path {0}; fastcgi_temp_path {0}; uwsgi_temp_path {0}; scgi_temp_path {0};\n"
        "  server {{ listen 127.0.0.1:{1};\n"
        "    location / {{ default_type text/plain; return 200 'hello'; }} }} }}\n",
        directory_.string(), port_);
    const std::string configuration = directory_ / "nginx.conf";
    process_ = ::fork();
    if (process_ == 0) {
      ::execlp("nginx", "nginx", "-p", name.c_str(), "-c", configuration.c_str(), nullptr);
      ::_exit(127);
    }
    wait_until_it_listens();
  }
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;
  ~Nginx() {
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
    fs::remove_all(directory_);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void wait_until_it_listens() const {
    asio::io_context context;
    const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port_);
    for (int attempt = 0; attempt < 500; ++attempt) {
      asio::ip::tcp::socket socket(context);
      boost::system::error_code error;
      socket.connect(endpoint, error);
      if (!error) return;
      if (::waitpid(process_, nullptr, WNOHANG) != 0) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    throw std::runtime_error("nginx does not start");
  }

  std::uint16_t port_;
  fs::path directory_;
  pid_t process_ = -1;
};

/// Requests a second, as wrk counts them.
double measure(std::uint16_t port, const std::string& path, const std::string& header) {
  const auto line = fmt::format("wrk -t1 -c{} -d{}s -H '{}' http://127.0.0.1:{}{}", connections,
                                seconds, header, port, path);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(line.c_str(), "r"), &::pclose);
  if (!pipe) throw std::runtime_error("wrk does not start");
  std::string output;
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) output += buffer.data();
  const std::string label = "Requests/sec:";
  const auto figure = output.find(label);
  if (figure == std::string::npos || output.find("Non-2xx") != std::string::npos ||
      output.find("Socket errors") != std::string::npos) {
    throw std::runtime_error("wrk says: " + output);
  }
  return std::stod(output.substr(figure + label.size()));
}

void compare(const std::string& name, std::uint16_t ours_port, std::uint16_t nginx_port,
             const std::string& path, const std::string& header) {
  // In turns, and the best of each: what else the machine does can only slow them down.
  double ours = 0;
  double nginx = 0;
  for (int round = 0; round < rounds; ++round) {
    ours = std::max(ours, measure(ours_port, path, header));
    nginx = std::max(nginx, measure(nginx_port, path, header));
  }
  fmt::print("{:<42}{:>12.0f}{:>14.0f}{:>8.2f}\n", name, ours, nginx, ours / nginx);
  std::fflush(stdout);
}

std::string new_access_token(auth::BaseJWTService& service) {
  std::string access;
  asio::io_context context(1);
  const auto create = [&]() -> awaitable<void> {
    auth::Claims claims;
    claims.sub = "123";
    const auto pair = co_await service.create_token(claims);
    access = pair.access;
  };
  asio::co_spawn(context, create, [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  context.run();
  return access;
}

}  // namespace

int main() {
  cache::InMemoryCache cache;
  auth::JWTServiceOptions options;
  options.secret_key = jose::Key::generate(jose::KeyType::ed25519);
  auth::JWTService service(cache, options);
  auth::JWTBackend backend(service);

  http::Server server({.port = 0, .threads = 1});
  server.get(
      "/", [](http::Request&) -> awaitable<http::Response> { co_return http::text(200, "hello"); });
  server.get("/get_user/", http::require_auth(backend),
             [](http::Request& request) -> awaitable<http::Response> {
               co_return http::json(200, auth::to_json(*request.auth));
             });
  server.start();
  const Nginx nginx;

  fmt::print("{:<42}{:>12}{:>14}{:>8}\n",
             fmt::format("requests a second, {} connections", connections), "webtool", "nginx",
             "ratio");
  const auto token = "Authorization: Bearer " + new_access_token(service);
  compare("GET /", server.port(), nginx.port(), "/", "Accept: */*");
  compare("GET /get_user/ (Ed25519, embedded cache)", server.port(), nginx.port(), "/get_user/",
          token);
}
