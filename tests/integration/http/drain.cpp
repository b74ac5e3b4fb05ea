// How a server begins and ends.
#include <gtest/gtest.h>

#include <unistd.h>
#include <chrono>
#include <csignal>
#include <future>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "integration/http/client.hpp"
#include "integration/http/server.hpp"

namespace webtool::test {
namespace {

using namespace std::chrono_literals;

TEST(HttpLifetime, KnowsItsPortBeforeItStarts) {
  TestServer server;
  ASSERT_NE(server->port(), 0);
  Client client(server->port());
  client.send(get("/"));
  server->start();
  EXPECT_EQ(client.receive().body, "hello");
}

TEST(HttpLifetime, NeedNotStart) {
  TestServer server;
  server->stop();
  server->stop();
}

TEST(HttpLifetime, StartsOnce) {
  TestServer server;
  server->start();
  EXPECT_THROW(server->start(), std::logic_error);
  EXPECT_THROW(server->get("/late", http::Handler{}), std::logic_error);
}

TEST(HttpLifetime, SaysWhereItCannotListen) {
  for (const unsigned threads : {1u, 3u}) {
    http::Server first({.port = 0, .threads = threads});
    try {
      http::Server second({.port = first.port(), .threads = threads});
      ADD_FAILURE() << "two servers on one port";
    } catch (const boost::system::system_error& error) {
      EXPECT_EQ(error.code(), boost::system::errc::address_in_use);
      EXPECT_NE(std::string(error.what()).find(std::to_string(first.port())), std::string::npos);
    }
  }
  EXPECT_THROW(http::Server({.host = "192.0.2.1", .port = 0}), boost::system::system_error);
}

TEST(HttpLifetime, RefusesImpossibleOptions) {
  EXPECT_THROW(http::Server({.host = "not an address", .port = 0}), std::invalid_argument);
  EXPECT_THROW(http::Server({.port = 0, .threads = 0}), std::invalid_argument);
  EXPECT_THROW(http::Server({.port = 0, .max_connections = 0}), std::invalid_argument);
  EXPECT_THROW(http::Server({.port = 0, .header_timeout = 0s}), std::invalid_argument);
  EXPECT_THROW(http::Server({.port = 0, .drain_timeout = -1s}), std::invalid_argument);
}

TEST(HttpLifetime, ListensOnIPv6) {
  try {
    http::Server server({.host = "::1", .port = 0});
    EXPECT_NE(server.port(), 0);
  } catch (const boost::system::system_error& error) {
    GTEST_SKIP() << error.what();  // a machine without IPv6
  }
}

TEST(HttpDrain, ClosesIdleConnectionsAndAcceptsNoMore) {
  TestServer server({.drain_timeout = 1h});
  server->start();
  Client silent(server->port());
  Client idle(server->port());
  EXPECT_EQ(idle.ask(get("/")).status, 200u);
  server->stop();
  EXPECT_TRUE(idle.is_closed());
  EXPECT_TRUE(silent.is_closed());
  EXPECT_THROW(Client(server->port()), std::system_error);
}

TEST(HttpDrain, AnswersWhatIsUnderWay) {
  TestServer server({.threads = 2, .drain_timeout = 1h});
  server->start();
  Client waiting(server->port());
  waiting.send(get("/wait?n=1") + get("/n?n=2"));
  while (server.waiting < 1) {
  }
  Client idle(server->port());
  idle.ask(get("/"));
  auto stopped = std::async(std::launch::async, [&] { server->stop(); });
  EXPECT_TRUE(idle.is_closed());  // so the drain has begun
  EXPECT_FALSE(waiting.has_input());
  server.go_on = true;
  const auto reply = waiting.receive();
  EXPECT_EQ(reply.body, "waited 1");
  EXPECT_TRUE(waiting.is_closed());  // and the request after it was not begun
  waiting.abort();
  stopped.get();
}

TEST(HttpDrain, TellsTheClientThatItCloses) {
  TestServer server({.drain_timeout = 1h});
  server->start();
  Client idle(server->port());
  idle.ask(get("/"));
  Client half(server->port());
  half.send("GET / HTTP/1.1\r\n");
  Client waiting(server->port());
  waiting.send(get("/wait"));
  while (server.waiting < 1) {
  }
  auto stopped = std::async(std::launch::async, [&] { server->stop(); });
  EXPECT_TRUE(idle.is_closed());
  server.go_on = true;
  EXPECT_EQ(waiting.receive().field("connection"), "close");
  EXPECT_EQ(half.ask("Host: test\r\n\r\n").field("connection"), "close");
  EXPECT_TRUE(half.is_closed());
  EXPECT_TRUE(waiting.is_closed());
  half.abort();
  waiting.abort();
  stopped.get();
}

TEST(HttpDrain, DoesNotWaitForEver) {
  TestServer server({.threads = 2, .drain_timeout = 50ms});
  server->start();
  Client waiting(server->port());
  waiting.send(get("/wait"));
  while (server.waiting < 1) {
  }
  server->stop();
  EXPECT_TRUE(waiting.is_closed());
}

TEST(HttpDrain, BeginsWithASignal) {
  for (const int signal : {SIGTERM, SIGINT}) {
    TestServer server({.threads = 2});
    std::thread running([&] { server->run(); });
    Client client(server->port());
    EXPECT_EQ(client.ask(get("/")).status, 200u);
    ::kill(::getpid(), signal);
    running.join();
    EXPECT_TRUE(client.is_closed());
  }
}

TEST(HttpDrain, EndsRunByStop) {
  TestServer server;
  std::thread running([&] { server->run(); });
  EXPECT_EQ(Client(server->port()).ask(get("/")).status, 200u);
  server->stop();
  running.join();
}

}  // namespace
}  // namespace webtool::test
