// Logins, looked up and hashed as the example does it, beside Argon2id alone on as many threads.
#include <argon2.h>
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <vector>

#include "user_store.hpp"

using namespace webtool;

namespace {

constexpr int rounds = 3;
constexpr int total = 60;
constexpr int in_flight = 20;
constexpr int hashing_threads = 2;  // those of Passwords

double a_second(std::chrono::steady_clock::time_point start) {
  return total / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double bare(const std::string& hash, const std::string& password) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < hashing_threads; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < total / hashing_threads; ++n)
        if (argon2id_verify(hash.c_str(), password.data(), password.size()) != ARGON2_OK)
          std::abort();
    });
  for (auto& thread : threads) thread.join();
  return a_second(start);
}

double logins(UserStore& users, const std::string& name, const Secret& password, bool right) {
  boost::asio::io_context context(1);
  int left = total;
  const auto work = [&]() -> awaitable<void> {
    while (left-- > 0) {
      const bool found = co_await users.check(name, password);
      if (found != right) throw std::runtime_error("a login went wrong");
    }
  };
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < in_flight; ++i)
    boost::asio::co_spawn(context, work, [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  context.run();
  return a_second(start);
}

}  // namespace

int main() {
  std::string folder = std::filesystem::temp_directory_path() / "webtool-bench-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("cannot make " + folder);
  const std::string url = "sqlite:///" + folder + "/users.db";
  const std::string password = "correct horse battery";
  const Secret secret(password);
  UserStore users(url, {});
  boost::asio::io_context context(1);
  const auto make_account = [&]() -> awaitable<void> {
    (void)co_await users.reserve("alice");
    (void)co_await users.complete("alice", secret);
  };
  boost::asio::co_spawn(context, make_account(), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  context.run();
  db::SyncDB database(url);
  const std::string hash =
      std::get<0>(*database.session().query_one<std::string>("SELECT password FROM users"));

  double alone = 0, right = 0, wrong = 0;
  for (int round = 0; round < rounds; ++round) {
    alone = std::max(alone, bare(hash, password));
    right = std::max(right, logins(users, "alice", secret, true));
    wrong = std::max(wrong, logins(users, "nobody", secret, false));
  }
  fmt::print("{:<28}{:>10}{:>14}{:>8}\n", "logins a second", "webtool", "Argon2id", "ratio");
  fmt::print("{:<28}{:>10.1f}{:>14.1f}{:>8.2f}\n", "right", right, alone, right / alone);
  fmt::print("{:<28}{:>10.1f}{:>14.1f}{:>8.2f}\n", "no such user", wrong, alone, wrong / alone);
  fmt::print("\n{}, {} threads, {} logins at once\n", PasswordCost{}.text(), hashing_threads,
             in_flight);
  std::filesystem::remove_all(folder);
}
