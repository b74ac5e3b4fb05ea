// Many clients at once, more than may be, and several threads.
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "integration/http/client.hpp"
#include "integration/http/server.hpp"

namespace webtool::test {
namespace {

TEST(HttpLoad, ServesAThousandConnections) {
  TestServer server;
  server->start();
  std::vector<Client> clients;
  for (int i = 0; i < 1000; ++i) clients.emplace_back(server->port());
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      clients[i].send(get("/n?n=" + std::to_string(i)));
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
      EXPECT_EQ(clients[i].receive().body, std::to_string(i));
    }
  }
}

TEST(HttpLoad, SpreadsOverThreads) {
  TestServer server({.threads = 4});
  server->start();
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&server, &answered, t] {
      for (int c = 0; c < 10; ++c) {
        Client client(server->port());
        for (int i = 0; i < 20; ++i) {
          const auto n = std::to_string(t * 1000 + c * 100 + i);
          if (client.ask(get("/n?n=" + n)).body == n) ++answered;
          if (client.ask(get("/user", "Authorization: Bearer good\r\n")).body == "u") ++answered;
          if (client.ask(get("/throws")).status == 500) ++answered;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(answered, 4 * 10 * 20 * 3);
}

TEST(HttpLoad, LeavesConnectionsWaitingThatAreTooMany) {
  TestServer server({.max_connections = 2});
  server->start();
  Client first(server->port());
  Client second(server->port());
  EXPECT_EQ(first.ask(get("/")).status, 200u);
  EXPECT_EQ(second.ask(get("/")).status, 200u);
  Client third(server->port());
  third.send(get("/"));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(first.ask(get("/")).status, 200u);
  EXPECT_FALSE(third.has_input());
  first.abort();
  EXPECT_EQ(third.receive().status, 200u);
}

// Descriptors run out: those who are connected are served, the others when there are some again.
TEST(HttpLoad, SurvivesRunningOutOfDescriptors) {
  TestServer server;
  server->start();
  Client connected(server->port());
  EXPECT_EQ(connected.ask(get("/")).status, 200u);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  Client waiting = [&] {
    const int next = ::dup(0);
    ::close(next);
    // The next one is for the client itself: nothing is left to accept it with.
    const rlimit none_left{static_cast<rlim_t>(next) + 1, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none_left);
    return Client(server->port());
  }();
  waiting.send(get("/"));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(connected.ask(get("/")).status, 200u);
  EXPECT_FALSE(waiting.has_input());
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(waiting.receive().status, 200u);
}

}  // namespace
}  // namespace webtool::test
