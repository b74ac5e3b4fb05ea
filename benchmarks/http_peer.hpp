// The peer and the load of the HTTP benchmarks: nginx with one worker, and wrk.
#pragma once

#include <fmt/format.h>

#include <webtool/auth/jwt_service.hpp>

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

namespace webtool::bench {

namespace asio = boost::asio;
namespace fs = std::filesystem;

inline std::uint16_t free_port() {
  asio::io_context context;
  asio::ip::tcp::acceptor probe(context, {asio::ip::address_v4::loopback(), 0});
  return probe.local_endpoint().port();
}

/// nginx with one worker and no log, for as long as this lives.
class Nginx {
 public:
  /// `zones` belongs to the http block, `location` to the one location there is.
  explicit Nginx(const std::string& location, const std::string& zones = {}) : port_(free_port()) {
    std::string name = fs::temp_directory_path() / "webtool-nginx-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    directory_ = name;
    std::ofstream(directory_ / "nginx.conf") << fmt::format(
        "daemon off; master_process off; pid {0}/pid; error_log {0}/error.log;\n"
        "events {{ worker_connections 1024; }}\n"
        "http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {0};\n"
        "  proxy_temp_path {0}; fastcgi_temp_path {0}; uwsgi_temp_path {0}; scgi_temp_path {0};\n"
        "  open_file_cache max=10; {2}\n"
        "  server {{ listen 127.0.0.1:{1}; root {0};\n"
        "    location / {{ default_type text/plain; {3} }} }} }}\n",
        directory_.string(), port_, zones, location);
    std::ofstream(directory_ / "hello") << "hello";
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

struct Load {
  std::uint16_t port{};
  std::string path = "/";
  std::string header = "Accept: */*";
  int connections = 64;
  bool expect_refusals = false;
};

struct Figures {
  double per_second{};
  double p50_us{};
  double p99_us{};
};

/// A number that wrk writes behind `label`, such as "57.00us" or "1.05ms", in microseconds or as it
/// is.
inline double figure_of(const std::string& output, const std::string& label) {
  const auto at = output.find(label);
  if (at == std::string::npos) throw std::runtime_error("wrk says: " + output);
  std::size_t read = 0;
  const auto rest = output.substr(at + label.size(), 40);
  const auto number = std::stod(rest, &read);
  const auto unit = rest.substr(read, 2);
  return unit.starts_with("ms") ? number * 1e3 : unit.starts_with("s") ? number * 1e6 : number;
}

/// Requests a second and latencies, as wrk counts them in a few seconds.
inline Figures measure(const Load& load) {
  constexpr int seconds = 3;
  const auto line = fmt::format("wrk --latency -t1 -c{} -d{}s -H '{}' http://127.0.0.1:{}{}",
                                load.connections, seconds, load.header, load.port, load.path);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(line.c_str(), "r"), &::pclose);
  if (!pipe) throw std::runtime_error("wrk does not start");
  std::string output;
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) output += buffer.data();
  const bool refused = output.find("Non-2xx") != std::string::npos;
  if (refused != load.expect_refusals || output.find("Socket errors") != std::string::npos)
    throw std::runtime_error("wrk says: " + output);
  return {figure_of(output, "Requests/sec:"), figure_of(output, "\n     50%"),
          figure_of(output, "\n     99%")};
}

/// Requests a second of the two, side by side. In turns, and the best of each: what else the
/// machine does can only slow them down.
inline void compare(const std::string& name, const Load& ours, const Load& nginx) {
  constexpr int rounds = 3;
  double our_best = 0;
  double nginx_best = 0;
  for (int round = 0; round < rounds; ++round) {
    our_best = std::max(our_best, measure(ours).per_second);
    nginx_best = std::max(nginx_best, measure(nginx).per_second);
  }
  fmt::print("{:<48}{:>12.0f}{:>14.0f}{:>8.2f}\n", name, our_best, nginx_best,
             our_best / nginx_best);
  std::fflush(stdout);
}

inline void print_head() {
  fmt::print("{:<48}{:>12}{:>14}{:>8}\n", "requests a second, 64 connections", "webtool", "nginx",
             "ratio");
}

inline std::string new_access_token(auth::BaseJWTService& service) {
  std::string access;
  asio::io_context context(1);
  const auto create = [&]() -> awaitable<void> {
    auth::Grant claims;
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

}  // namespace webtool::bench
