// Clients that take their time. The limits are short here, and the tests wait for what the server
// does about it, however long that takes.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "integration/http/client.hpp"
#include "integration/http/server.hpp"

namespace webtool::test {
namespace {

using namespace std::chrono_literals;

// One limit is short; the others will not be reached.
struct Running : TestServer {
  explicit Running(http::ServerOptions options) : TestServer(std::move(options)) {
    (*this)->start();
  }
  Client connect() { return Client((*this)->port()); }
};

http::ServerOptions patient() {
  return {.header_timeout = 1h,
          .body_timeout = 1h,
          .write_timeout = 1h,
          .idle_timeout = 1h,
          .drain_timeout = 1h};
}

void expect_408(Client& client) {
  const auto reply = client.receive();
  EXPECT_EQ(reply.status, 408u);
  EXPECT_EQ(reply.field("connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpTimeouts, AClientThatSaysNothingIsClosed) {
  auto options = patient();
  options.header_timeout = 50ms;
  Running server(options);
  EXPECT_TRUE(server.connect().is_closed());
}

TEST(HttpTimeouts, AHeaderThatDoesNotEndIsRefused) {
  auto options = patient();
  options.header_timeout = 50ms;
  Running server(options);
  auto first = server.connect();
  first.send("GET / HTTP/1.1\r\nHost: test\r\n");
  expect_408(first);
  auto second = server.connect();
  EXPECT_EQ(second.ask(get("/") + "GET ").body, "hello");
  expect_408(second);
}

TEST(HttpTimeouts, AHeaderThatTricklesIsRefused) {
  auto options = patient();
  options.header_timeout = 100ms;
  options.header_limit = 100'000'000;
  Running server(options);
  auto client = server.connect();
  EXPECT_EQ(client.ask(get("/")).body, "hello");
  client.send("GET / HTTP/1.1\r\nHost: test\r\n");
  while (!client.has_input()) client.send("X: y\r\n");
  EXPECT_EQ(client.receive().status, 408u);
}

TEST(HttpTimeouts, ABodyThatDoesNotComeIsRefused) {
  auto options = patient();
  options.body_timeout = 50ms;
  Running server(options);
  for (const std::string head :
       {"Content-Length: 10\r\n\r\n", "Content-Length: 10\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    auto client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: test\r\n" + head);
    expect_408(client);
  }
}

TEST(HttpTimeouts, AnIdleConnectionIsClosedWithoutAWord) {
  auto options = patient();
  options.idle_timeout = 50ms;
  Running server(options);
  auto client = server.connect();
  EXPECT_EQ(client.ask(get("/")).body, "hello");
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpTimeouts, AClientThatDoesNotReadIsCutOff) {
  auto options = patient();
  options.write_timeout = 50ms;
  Running server(options);
  auto client = server.connect();
  client.send(get("/big"));
  EXPECT_TRUE(client.wait_for_reset());
}

TEST(HttpTimeouts, AHandlerMayTakeItsTime) {
  Running server({.header_timeout = 20ms,
                  .body_timeout = 20ms,
                  .write_timeout = 20ms,
                  .idle_timeout = 1h,
                  .drain_timeout = 1h});
  auto waiting = server.connect();
  waiting.send(get("/wait"));
  while (server.waiting < 1) {
  }
  // Another connection lives through all of a timeout meanwhile.
  EXPECT_TRUE(server.connect().is_closed());
  EXPECT_FALSE(waiting.has_input());
  server.go_on = true;
  EXPECT_EQ(waiting.receive().status, 200u);
  EXPECT_EQ(waiting.ask(get("/")).status, 200u);
}

}  // namespace
}  // namespace webtool::test
