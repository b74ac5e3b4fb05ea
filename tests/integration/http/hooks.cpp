// A response hook reaches every answer, whoever makes it.
#include <webtool/http/cors.hpp>
#include <webtool/throttle/in_memory_limiter.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include "integration/http/client.hpp"
#include "integration/http/server.hpp"

namespace webtool::test {
namespace {

using namespace std::chrono_literals;

constexpr auto field = "access-control-allow-origin";

TEST(HttpHooks, ReachEveryAnswer) {
  throttle::InMemoryLimiter limiter;
  throttle::LimitMiddleware middleware(limiter);
  TestServer server({.header_limit = 1024, .body_limit = 100, .header_timeout = 200ms});
  server->use(middleware);
  server->get("/limited", throttle::limiter({.max_requests = 1, .interval = 1h}),
              [](http::Request&) -> awaitable<http::Response> { co_return http::Response(204); });
  server->on_response(http::cors({.origins = {"https://a.example"}}));
  server->start();

  const std::string origin = "Origin: https://a.example\r\n";
  const std::string long_text(2000, 'x');
  const struct {
    std::string request;
    unsigned status;
  } cases[] = {
      {get("/", origin), 200},
      {get("/limited", origin), 204},
      {get("/limited", origin), 429},
      {get("/user", origin), 401},
      {get("/user", origin + "Authorization: Bearer down\r\n"), 503},
      {get("/throws", origin), 500},
      {get("/nonsense", origin), 500},
      {get("/nowhere", origin), 404},
      {get("/echo", origin), 405},
      {"OPTIONS / HTTP/1.1\r\nHost: a\r\n" + origin + "\r\n", 204},
      {"OPTIONS /no HTTP/1.1\r\nHost: a\r\n" + origin +
           "Access-Control-Request-Method: GET\r\n\r\n",
       204},
      {"nonsense\r\n\r\n", 400},
      {post("/echo", long_text), 413},
      {get("/" + long_text), 414},
      {get("/", "X: " + long_text + "\r\n"), 431},
      {"GET / HTTP/1.1\r\n", 408},
  };
  for (const auto& [request, status] : cases) {
    const auto reply = Client(server->port()).ask(request);
    EXPECT_EQ(reply.status, status) << request;
    EXPECT_EQ(reply.field(field), "https://a.example") << request;
  }
}

TEST(HttpHooks, SeeTheRequestOfTheirAnswerAndNoOther) {
  TestServer server;
  server->on_response([](const http::Request& request, http::Response& response) {
    response.set("X-Seen", std::string(request.path()) + '!');
  });
  server->start();
  Client client(server->port());
  EXPECT_EQ(client.ask(get("/n")).field("x-seen"), "/n!");
  EXPECT_EQ(client.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n")
                .field("x-seen"),
            "/echo!");  // refused by its head, which was read
  Client other(server->port());
  EXPECT_EQ(other.ask(get("/n")).field("x-seen"), "/n!");
  EXPECT_EQ(other.ask("GET /\r\n\r\n").field("x-seen"), "!");
}

TEST(HttpHooks, RunInTheirOrderAndMayFail) {
  TestServer server;
  server->on_response([](const http::Request&, http::Response& r) { r.set("X-Order", "1"); });
  server->on_response([](const http::Request& request, http::Response& r) {
    r.set("X-Order", std::string(*r.header("X-Order")) + "2");
    if (request.path() == "/n") throw std::runtime_error("a secret");
    if (request.path() == "/peer") r.status = 99;
  });
  server->start();
  EXPECT_THROW(server->on_response({}), std::logic_error);
  Client client(server->port());
  EXPECT_EQ(client.ask(get("/")).field("x-order"), "12");
  for (const auto* path : {"/n", "/peer"}) {
    const auto reply = client.ask(get(path));
    EXPECT_EQ(reply.status, 500u);
    EXPECT_EQ(reply.body.find("secret"), std::string::npos);
  }
  EXPECT_EQ(client.ask(get("/")).status, 200u);
}

}  // namespace
}  // namespace webtool::test
