// Clients that do not keep to HTTP, by accident or on purpose: they are refused and closed, and
// nobody else notices.
#include <gtest/gtest.h>

#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "integration/http/client.hpp"
#include "integration/http/server.hpp"

namespace webtool::test {
namespace {

class HttpHostile : public ::testing::Test {
 protected:
  void SetUp() override { server->start(); }
  void TearDown() override { EXPECT_EQ(connect().ask(get("/")).body, "hello"); }
  Client connect() { return Client(server->port()); }

  // One answer with that status, as problem+json, and the end.
  void expect_refusal(std::string_view bytes, unsigned status) {
    auto client = connect();
    client.send(bytes);
    const auto reply = client.receive();
    EXPECT_EQ(reply.status, status) << bytes.substr(0, 200);
    EXPECT_EQ(reply.field("connection"), "close");
    EXPECT_EQ(reply.field("content-type"), "application/problem+json");
    EXPECT_TRUE(client.is_closed());
  }

  TestServer server{{.header_limit = 4000, .body_limit = 1000}};
};

TEST_F(HttpHostile, MalformedRequestsAreRefused) {
  for (const auto& bytes : std::vector<std::string>{
           "\n", "nonsense\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/1.1\nHost: h\n\n",
           "GET / HTTP/1.1\r\n\r\n", get("/", "Host: other\r\n"), get("/%zz"), get("/a#b"),
           get("relative"), get("/", "A : b\r\n"), get("/", "A: b\r\n folded\r\n"),
           get("/", "A\r\n"), get("/", std::string("A: \0\r\n", 6)), "CONNECT a:1 HTTP/1.1\r\n\r\n",
           std::string("\x16\x03\x01\x02\x00\x01\n", 7)}) {
    expect_refusal(bytes, 400);
  }
  expect_refusal("GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505);
  expect_refusal(get("/", "Expect: wonders\r\n"), 417);
}

TEST_F(HttpHostile, WhatComesAfterARefusedRequestIsNotARequest) {
  expect_refusal(
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\n" +
          get("/"),
      400);
  expect_refusal(
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx" +
          get("/"),
      400);
  expect_refusal("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n" + get("/"),
                 501);
}

TEST_F(HttpHostile, OversizeRequestsAreRefused) {
  expect_refusal(get("/" + std::string(10'000, 'x')), 414);
  expect_refusal(get("/", "X: " + std::string(10'000, 'x') + "\r\n"), 431);
  expect_refusal(post("/echo", std::string(1001, 'x')), 413);
  expect_refusal("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n",
                 413);
  expect_refusal(
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n",
      413);
}

TEST_F(HttpHostile, ARefusalReachesAClientThatIsStillSending) {
  auto client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  while (!client.has_input()) {
  }
  // No reset, which could make a client forget what it has not read yet.
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(client.send(std::string(1000, 'x')));
  EXPECT_EQ(client.receive().status, 413u);
}

TEST_F(HttpHostile, GoodRequestsBeforeABadOneAreAnswered) {
  auto client = connect();
  client.send(get("/n?n=1") + get("/n?n=2") + "nonsense\r\n\r\n");
  EXPECT_EQ(client.receive().body, "1");
  EXPECT_EQ(client.receive().body, "2");
  EXPECT_EQ(client.receive().status, 400u);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HttpHostile, RequestsThatEndTooSoonAreNotAnswered) {
  const auto request = post("/echo", "body");
  for (std::size_t size = 0; size < request.size(); ++size) {
    auto client = connect();
    client.send(std::string_view(request).substr(0, size));
    client.finish_sending();
    EXPECT_TRUE(client.is_closed()) << size;
  }
}

TEST_F(HttpHostile, ClientsMayVanish) {
  for (int i = 0; i < 20; ++i) {
    auto client = connect();
    client.send(get("/big") + get("/big"));
    if (i % 2 == 0) client.receive();
    client.abort();
  }
  auto waiting = connect();
  waiting.send(get("/wait"));
  while (server.waiting < 1) {
  }
  waiting.abort();
  server.go_on = true;
}

TEST_F(HttpHostile, NoiseIsAnsweredOrClosed) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  const std::string good = get("/n?n=1", "Authorization: Bearer good\r\nX: y\r\n") +
                           post("/json", "{\"a\":1}") +
                           "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                           "chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
  for (int round = 0; round < 500; ++round) {
    auto bytes = good;
    for (auto changes = random() % 8 + 1; changes > 0; --changes) {
      const auto at = random() % bytes.size();
      switch (random() % 3) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(at, random() % 20);
          break;
        default:
          bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 20));
      }
    }
    auto client = connect();
    client.send(bytes);
    client.finish_sending();
    EXPECT_TRUE(client.receive_to_end().has_value());
  }
}

}  // namespace
}  // namespace webtool::test
