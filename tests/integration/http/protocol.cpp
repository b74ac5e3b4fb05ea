// What HTTP/1.1 (RFC 9110, 9112) and RFC 6750 promise to clients that keep to them.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "integration/http/client.hpp"
#include "integration/http/server.hpp"

namespace webtool::test {
namespace {

class HttpProtocol : public ::testing::Test {
 protected:
  void SetUp() override { server->start(); }
  Client connect() { return Client(server->port()); }

  TestServer server;
};

TEST_F(HttpProtocol, AnswersManyRequestsOnOneConnection) {
  auto client = connect();
  for (int i = 0; i < 100; ++i) {
    const auto reply = client.ask(get("/n?n=" + std::to_string(i)));
    EXPECT_EQ(reply.status, 200u);
    EXPECT_EQ(reply.body, std::to_string(i));
    EXPECT_EQ(reply.field("connection"), "");
  }
}

TEST_F(HttpProtocol, StatesDateLengthAndType) {
  const auto reply = connect().ask(get("/"));
  EXPECT_EQ(reply.field("content-length"), "5");
  EXPECT_EQ(reply.field("content-type"), "text/plain; charset=utf-8");
  EXPECT_TRUE(reply.field("date").ends_with(" GMT"));
}

TEST_F(HttpProtocol, ClosesWhenAsked) {
  auto client = connect();
  EXPECT_EQ(client.ask(get("/", "Connection: close\r\n") + get("/")).field("connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HttpProtocol, ClosesAfterAnHttp10RequestUnlessAskedNotTo) {
  auto first = connect();
  const auto reply = first.ask("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(reply.body, "hello");
  EXPECT_EQ(reply.field("connection"), "close");
  EXPECT_TRUE(first.is_closed());

  auto second = connect();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(second.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").field("connection"),
              "keep-alive");
  }
}

TEST_F(HttpProtocol, AnswersAClientThatFinishedSending) {
  auto client = connect();
  client.send(get("/"));
  client.finish_sending();
  EXPECT_EQ(client.receive().body, "hello");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HttpProtocol, AnswersHeadAsGetWithoutTheBody) {
  auto client = connect();
  for (const std::string target : {"/", "/nowhere", "/throws", "/user"}) {
    auto of_get = client.ask(get(target));
    client.send("HEAD " + target + " HTTP/1.1\r\nHost: test\r\n\r\n");
    auto of_head = client.receive(ReplyTo::head);
    of_get.fields.erase("date");
    of_head.fields.erase("date");
    EXPECT_EQ(of_head.status, of_get.status) << target;
    EXPECT_EQ(of_head.fields, of_get.fields) << target;
  }
  EXPECT_EQ(client.ask(get("/")).body, "hello");  // no stray byte in between
}

TEST_F(HttpProtocol, KnowsWhatAPathAllows) {
  auto client = connect();
  const auto options = client.ask("OPTIONS / HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(options.status, 204u);
  EXPECT_EQ(options.field("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(options.fields.count("content-length"), 0u);
  const auto all = client.ask("OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(all.status, 204u);
  EXPECT_EQ(all.field("allow"), "GET, HEAD, OPTIONS, POST");
  const auto refused = client.ask("DELETE / HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(refused.status, 405u);
  EXPECT_EQ(refused.field("allow"), "GET, HEAD, OPTIONS");
  const auto missing = client.ask(get("/nowhere"));
  EXPECT_EQ(missing.status, 404u);
  EXPECT_EQ(missing.field("content-type"), "application/problem+json");
}

TEST_F(HttpProtocol, TakesTargetsInAbsoluteFormAndParameters) {
  auto client = connect();
  EXPECT_EQ(client.ask(get("http://test/n?n=1")).body, "1");
  EXPECT_EQ(client.ask(get("/name/a%20b%2Fc")).body, "a b/c");
  EXPECT_EQ(client.ask(get("/n?n=a+b%26")).body, "a b&");
  EXPECT_EQ(client.ask(get("/peer")).body, "127.0.0.1");
}

TEST_F(HttpProtocol, AnswersPipelinedRequestsInTheirOrder) {
  auto client = connect();
  std::string requests;
  for (int i = 0; i < 500; ++i) {
    requests += get("/n?n=" + std::to_string(i));
    requests += post("/echo", "body of " + std::to_string(i));
  }
  client.send(requests);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(client.receive().body, std::to_string(i));
    EXPECT_EQ(client.receive().body, "body of " + std::to_string(i));
  }
}

TEST_F(HttpProtocol, DoesNotLetOneRequestOvertakeAnother) {
  auto client = connect();
  client.send(get("/wait?n=1") + get("/n?n=2"));
  while (server.waiting < 1) {
  }
  EXPECT_FALSE(client.has_input());
  server.go_on = true;
  EXPECT_EQ(client.receive().body, "waited 1");
  EXPECT_EQ(client.receive().body, "2");
}

const std::string two_requests =
    "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
    "2\r\nab\r\n1;x\r\nc\r\n0\r\nT: t\r\n\r\n" +
    get("/n?n=1");

TEST_F(HttpProtocol, ReadsRequestsThatComeByteByByte) {
  auto client = connect();
  for (const char byte : two_requests) client.send({&byte, 1});
  EXPECT_EQ(client.receive().body, "abc");
  EXPECT_EQ(client.receive().body, "1");
}

TEST_F(HttpProtocol, ReadsRequestsThatAreSplitAnywhere) {
  auto client = connect();
  for (std::size_t at = 0; at <= two_requests.size(); ++at) {
    client.send(std::string_view(two_requests).substr(0, at));
    client.send(std::string_view(two_requests).substr(at));
    EXPECT_EQ(client.receive().body, "abc") << at;
    EXPECT_EQ(client.receive().body, "1") << at;
  }
}

TEST_F(HttpProtocol, GivesLeaveToSendABody) {
  auto client = connect();
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
  const auto interim = client.ask(head);
  EXPECT_EQ(interim.status, 100u);
  EXPECT_EQ(client.ask("body").body, "body");
  EXPECT_EQ(client.ask(head + "body").body, "body");  // who does not wait needs no leave
}

TEST_F(HttpProtocol, CarriesLargeBodiesBothWays) {
  auto client = connect();
  const std::string body(64 * 1024, 'b');
  EXPECT_EQ(client.ask(post("/echo", body)).body, body);
  EXPECT_EQ(client.ask(get("/big")).body.size(), TestServer::big_size);
  EXPECT_EQ(client.ask(get("/")).body, "hello");
}

TEST_F(HttpProtocol, ReadsJsonStrictly) {
  auto client = connect();
  EXPECT_EQ(client.ask(post("/json", R"({"a":[1,{"b":null}]})")).body, R"({"a":[1,{"b":null}]})");
  for (const std::string_view bad :
       {"", "1", "[]", "null", "{", "{\"a\":1}x", "{\"a\":1,\"a\":1}", "{\"a\":\"\xff\"}"}) {
    EXPECT_EQ(client.ask(post("/json", bad)).status, 400u) << bad;
  }
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "{\"a\":";
  EXPECT_EQ(client.ask(post("/json", deep)).status, 400u);
}

TEST_F(HttpProtocol, SaysNothingOfWhatWentWrong) {
  auto client = connect();
  for (const auto* target : {"/throws", "/nonsense"}) {
    const auto reply = client.ask(get(target));
    EXPECT_EQ(reply.status, 500u) << target;
    EXPECT_EQ(reply.body, R"({"title":"Internal Server Error","status":500})") << target;
  }
  EXPECT_EQ(client.ask(get("/")).status, 200u);
}

TEST_F(HttpProtocol, ChallengesAsRfc6750HasIt) {
  auto client = connect();
  const auto ask = [&](const std::string& lines) { return client.ask(get("/user", lines)); };
  EXPECT_EQ(ask("Authorization: Bearer good\r\n").body, "u");

  const auto none = ask("");
  EXPECT_EQ(none.status, 401u);
  EXPECT_EQ(none.field("www-authenticate"), "Bearer");
  EXPECT_EQ(none.field("cache-control"), "no-store");

  auto bad = ask("Authorization: Bearer bad\r\n");
  auto old = ask("Authorization: Bearer old\r\n");
  EXPECT_EQ(bad.status, 401u);
  EXPECT_EQ(bad.field("www-authenticate"), "Bearer error=\"invalid_token\"");
  EXPECT_EQ(bad.body, old.body);
  bad.fields.erase("date");
  old.fields.erase("date");
  EXPECT_EQ(bad.fields, old.fields);

  const auto two = ask("Authorization: Bearer good\r\nAuthorization: Bearer good\r\n");
  EXPECT_EQ(two.status, 400u);
  EXPECT_EQ(two.field("www-authenticate"), "Bearer error=\"invalid_request\"");

  const auto down = ask("Authorization: Bearer down\r\n");
  EXPECT_EQ(down.status, 503u);
  EXPECT_EQ(down.field("retry-after"), "1");
  EXPECT_EQ(down.field("cache-control"), "no-store");

  const auto scope = client.ask(
      "POST /write HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\nAuthorization: Bearer "
      "good\r\n\r\n");
  EXPECT_EQ(scope.status, 403u);
  EXPECT_EQ(scope.field("www-authenticate"),
            "Bearer error=\"insufficient_scope\", scope=\"read write\"");
}

}  // namespace
}  // namespace webtool::test
