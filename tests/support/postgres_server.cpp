#include "support/postgres_server.hpp"

#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/redis_server.hpp"

namespace webtool::test {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 30s;
constexpr auto pause = 5ms;

/// Where the programs are: the newest in Debian's place, else in PATH.
std::string program(const std::string& name) {
  std::filesystem::path best;
  int newest = 0;
  std::error_code none;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    const int number = std::atoi(version.path().filename().c_str());
    const auto found = version.path() / "bin" / name;
    if (number > newest && std::filesystem::exists(found)) {
      newest = number;
      best = found;
    }
  }
  return best.empty() ? name : best.string();
}

const passwd* server_user() {
  if (::geteuid() != 0) return nullptr;
  const passwd* user = ::getpwnam("postgres");
  if (user == nullptr) throw std::runtime_error("no user postgres: PostgreSQL is not installed");
  return user;
}

pid_t spawn(std::vector<std::string> words, const std::filesystem::path& log) {
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const passwd* user = server_user();
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child != 0) return child;
  if (user != nullptr &&
      (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0))
    ::_exit(126);
  // To PostgreSQL SIGQUIT is what ends its children too.
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (::getppid() != parent) ::_exit(126);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::setsid();
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

}  // namespace

PostgresServer::PostgresServer() : directory_("postgres") {
  try {
    if (const passwd* user = server_user();
        user != nullptr && ::chown(directory_.path().c_str(), user->pw_uid, user->pw_gid) != 0)
      throw std::runtime_error("cannot give away " + directory_.path().string());
    const pid_t init =
        spawn({program("initdb"), "-D", directory_ / "data", "-U", "super", "--auth-local=trust",
               "--auth-host=scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C"},
              directory_ / "log");
    int status = 0;
    ::waitpid(init, &status, 0);
    if (status != 0)
      throw std::runtime_error("initdb failed (is PostgreSQL installed?):\n" + log());
    // Somebody else may take the port between our look and the server's.
    do port_ = free_port();
    while (!start());
    command("CREATE ROLE tester LOGIN PASSWORD 'secret'");
  } catch (...) {
    kill();
    throw;
  }
}

PostgresServer::~PostgresServer() {
  kill();
}

bool PostgresServer::start() {
  pid_ =
      spawn({program("postgres"), "-D", directory_ / "data", "-p", std::to_string(port_), "-h",
             "127.0.0.1", "-k", directory_.path(), "-c", "fsync=off", "-c", "max_connections=100"},
            directory_ / "log");
  for (const auto deadline = std::chrono::steady_clock::now() + patience;
       std::chrono::steady_clock::now() < deadline;) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      if (log().find("Address already in use") != std::string::npos) {
        std::filesystem::remove(directory_ / "log");
        return false;
      }
      throw std::runtime_error("postgres ended:\n" + log());
    }
    // The Unix socket lies in our own directory, so who answers there is our own server.
    try {
      command("SELECT 1");
      return true;
    } catch (const std::runtime_error&) {
      std::this_thread::sleep_for(pause);
    }
  }
  throw std::runtime_error("postgres does not answer:\n" + log());
}

std::string PostgresServer::command(const std::string& sql) const {
  const std::string where = "dbname=postgres user=super host=" + directory_.path().string() +
                            " port=" + std::to_string(port_);
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(where.c_str()),
                                                                &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                             &PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

std::string PostgresServer::make_database() {
  const std::string name = "test" + std::to_string(++databases_);
  command("CREATE DATABASE " + name + " OWNER tester");
  return "postgresql://tester:secret@127.0.0.1:" + std::to_string(port_) + "/" + name;
}

void PostgresServer::end_connections() const {
  command("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tester'");
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (command("SELECT count(*) FROM pg_stat_activity WHERE usename = 'tester'") != "0") {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("connections do not end");
    std::this_thread::sleep_for(pause);
  }
}

void PostgresServer::signal_clients(int number) const {
  std::istringstream pids(
      command("SELECT string_agg(pid::text, ' ') FROM pg_stat_activity WHERE usename = 'tester'"));
  for (pid_t pid = 0; pids >> pid;) ::kill(pid, number);
}

void PostgresServer::freeze() const {
  signal_clients(SIGSTOP);
}

void PostgresServer::thaw() const {
  signal_clients(SIGCONT);
}

void PostgresServer::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGQUIT);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void PostgresServer::restart() {
  kill();
  if (!start()) throw std::runtime_error("the port of postgres was taken");
}

std::string PostgresServer::log() const {
  std::ifstream file(directory_ / "log");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

PostgresServer& shared_postgres() {
  static PostgresServer server;
  return server;
}

}  // namespace webtool::test
