// The adapter for cpp-httplib over real HTTP, in memory and on a real Redis that goes away.
#include <gtest/gtest.h>

#include <webtool/cache/error.hpp>
#include <webtool/http/httplib.hpp>
#include <webtool/throttle/in_memory_limiter.hpp>
#include <webtool/throttle/redis_limiter.hpp>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "integration/http/client.hpp"
#include "support/auth_options.hpp"
#include "support/stores.hpp"

namespace webtool::http {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::get;
using throttle::limiter;
using throttle::LimitRule;
using throttle::OnStoreFailure;
using User = std::optional<auth::AuthData>;

struct LimitsInMemory : test::InMemory {
  auth::JWTService service{cache, test::token_options()};
  throttle::InMemoryLimiter limiter;
};

struct LimitsOnRedis : test::OnRedis {
  LimitsOnRedis() : OnRedis(impatient()) {}
  static redis::Options impatient() {
    redis::Options options;
    options.command_timeout = 2s;
    options.breaker_delay = 20ms;
    return options;
  }
  auth::RedisJWTService service{cache, test::token_options()};
  throttle::RedisLimiter limiter{cache};
};

std::string bearer(const std::string& access) {
  return "Authorization: Bearer " + access + "\r\n";
}

// A server of cpp-httplib with everything behind it.
template <class Where>
class Httplib : public testing::Test {
 protected:
  Where where;
  auth::JWTBackend backend{where.service};
  auth::AnnoSessionBackend anno{test::cookie_options()};
  throttle::LimitMiddleware middleware{where.limiter,
                                       {.auth_backend = &backend, .anno_backend = &anno}};
  HttplibLimits limits{middleware};
  httplib::Server server;
  int port = -1;
  std::thread thread;

  void get_route(const std::string& path, std::vector<LimitRule> rules,
                 HttplibLimits::Handler handler = say_who) {
    server.Get(path.c_str(), limits.on("GET " + path, std::move(rules), std::move(handler)));
  }
  static void say_who(const httplib::Request&, httplib::Response& response, const User& user) {
    response.set_content(user ? user->identifier : "nobody", "text/plain");
  }

  void start() {
    server.set_keep_alive_max_count(1'000'000);
    server.set_tcp_nodelay(true);  // or each answer waits for the client's kernel
    port = server.bind_to_any_port("127.0.0.1");
    ASSERT_GT(port, 0);
    thread = std::thread([this] { server.listen_after_bind(); });
    while (!server.is_running()) std::this_thread::yield();
  }
  void TearDown() override {
    if (!thread.joinable()) return;
    server.stop();
    thread.join();
  }

  Client connect() const { return Client(static_cast<std::uint16_t>(port)); }
  test::Reply ask(const std::string& path, const std::string& lines = {}) const {
    return connect().ask(get(path, lines));
  }
  // The answer as it comes, for fields that come more than once.
  std::string raw(const std::string& path) const {
    auto client = connect();
    client.send(get(path, "Connection: close\r\n"));
    return client.receive_to_end().value_or("");
  }
  auth::TokenPair tokens_of(const std::string& sub) {
    const auth::Grant claims(sub);
    return limits.run(where.service.create_token(claims));
  }
};

template <class Where>
class HttplibLimitsOn : public Httplib<Where> {};
using Stores = testing::Types<LimitsInMemory, LimitsOnRedis>;
TYPED_TEST_SUITE(HttplibLimitsOn, Stores);

TYPED_TEST(HttplibLimitsOn, AdmitExactlySoManyOfAllThreads) {
  this->get_route("/", {limiter({.max_requests = 100, .interval = 1h})});
  this->start();
  const auto access = this->tokens_of("u").access;
  std::atomic<int> passed{0}, denied{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      auto client = this->connect();
      for (int k = 0; k < 250; ++k) {
        const auto status = client.ask(get("/", bearer(access))).status;
        passed += status == 200;
        denied += status == 429;
      }
    });
  for (auto& one : threads) one.join();
  EXPECT_EQ(passed, 100);
  EXPECT_EQ(denied, 900);
}

TYPED_TEST(HttplibLimitsOn, AnswerAsTheDraftAndTheRfcsSay) {
  this->get_route("/", {limiter({.max_requests = 2, .interval = 1h, .name = "hourly"})});
  this->start();
  const auto access = this->tokens_of("u").access;
  const auto first = this->ask("/", bearer(access));
  EXPECT_EQ(first.status, 200u);
  EXPECT_EQ(first.body, "u");
  EXPECT_EQ(first.field("content-type"), "text/plain");
  EXPECT_EQ(first.field("ratelimit-policy"), "\"hourly\";q=2;w=3600");
  EXPECT_EQ(first.field("ratelimit"), "\"hourly\";r=1;t=3600");
  EXPECT_EQ(first.field("set-cookie"), "");
  auto client = this->connect();
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n" + bearer(access) + "\r\n");
  EXPECT_EQ(client.receive(test::ReplyTo::head).status, 200u);  // is a GET, and the second one
  const auto third = this->ask("/", bearer(access));
  EXPECT_EQ(third.status, 429u);
  EXPECT_EQ(third.field("content-type"), "application/problem+json");
  EXPECT_EQ(third.field("cache-control"), "no-store");
  EXPECT_EQ(third.field("retry-after"), "3600");
  EXPECT_NE(third.body.find("\"violated-policies\":[\"hourly\"]"), std::string::npos);
}

TYPED_TEST(HttplibLimitsOn, KnowWhoHasAGoodToken) {
  this->get_route("/", {limiter({.max_requests = 100, .interval = 1h})});
  this->start();
  const auto pair = this->tokens_of("u");
  EXPECT_EQ(this->ask("/", bearer(pair.access)).body, "u");
  EXPECT_EQ(this->ask("/", bearer(pair.refresh)).body, "nobody");
  EXPECT_EQ(this->ask("/", bearer(pair.access) + bearer(pair.access)).body, "nobody");
  ASSERT_TRUE(this->limits.run(this->where.service.invalidate_token(pair.refresh)).has_value());
  EXPECT_EQ(this->ask("/", bearer(pair.access)).body, "nobody");
}

TYPED_TEST(HttplibLimitsOn, HandOutCookiesBesideTheApplicationsOwn) {
  this->get_route("/", {limiter({.max_requests = 3, .interval = 1h})},
                  [](const httplib::Request&, httplib::Response& response, const User&) {
                    response.set_header("Set-Cookie", "a=1");
                    response.set_header("Set-Cookie", "b=2");
                  });
  this->start();
  const auto answer = this->raw("/");
  EXPECT_NE(answer.find("Set-Cookie: a=1\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Set-Cookie: b=2\r\n"), std::string::npos) << answer;
  const auto at = answer.find("th-session=");
  ASSERT_NE(at, std::string::npos) << answer;
  const auto cookie = "Cookie: " + answer.substr(at, answer.find(';', at) - at) + "\r\n";
  // The request that was handed the cookie counts for it, too.
  EXPECT_EQ(this->ask("/", cookie).status, 200u);
  EXPECT_EQ(this->ask("/", cookie).status, 200u);
  EXPECT_EQ(this->ask("/", cookie).status, 429u);
  // Without, or with one that is made up, it is the address that is charged.
  int passed = 0;
  for (int i = 0; i < 20; ++i)
    passed += this->ask("/", i % 2 == 0 ? "" : "Cookie: th-session=forged\r\n").status == 200;
  EXPECT_EQ(passed, 2);
}

TYPED_TEST(HttplibLimitsOn, BelieveNoHeaderThatNamesAnAddress) {
  this->get_route("/", {limiter({.max_requests = 5, .interval = 1h})});
  this->start();
  int passed = 0;
  for (int i = 0; i < 50; ++i) {
    const auto address = "10.0.0." + std::to_string(i);
    passed += this->ask("/", "REMOTE_ADDR: " + address + "\r\nX-Forwarded-For: " + address + "\r\n")
                  .status == 200;
  }
  EXPECT_EQ(passed, 5);
}

TYPED_TEST(HttplibLimitsOn, MergeTheirFieldsIntoTheAnswer) {
  this->get_route("/", {limiter({.max_requests = 10, .interval = 1h})},
                  [](const httplib::Request&, httplib::Response& response, const User&) {
                    response.set_header("access-control-allow-origin", "*");
                    response.set_header("Access-Control-Expose-Headers", "ETag");
                    response.set_header("X-RateLimit-Limit", "the application's own");
                  });
  this->start();
  const auto answer = this->ask("/");
  EXPECT_EQ(answer.field("access-control-expose-headers"),
            "ETag, ratelimit-policy, ratelimit, x-ratelimit-limit, x-ratelimit-remaining, "
            "x-ratelimit-reset");
  EXPECT_EQ(answer.field("x-ratelimit-limit"), "10");
}

TYPED_TEST(HttplibLimitsOn, SayNothingOfWhatWentWrong) {
  this->server.set_default_headers({{"X-Server", "mine"}});
  this->get_route("/throws", {limiter({.max_requests = 10, .interval = 1h})},
                  [](const httplib::Request&, httplib::Response& response, const User&) {
                    response.set_content("half an answer", "text/plain");
                    response.set_header("X-Half", "yes");
                    throw std::runtime_error("a secret");
                  });
  this->get_route("/number", {limiter({.max_requests = 10, .interval = 1h})},
                  [](const httplib::Request&, httplib::Response&, const User&) { throw 1; });
  this->start();
  for (const auto* path : {"/throws", "/number"}) {
    const auto answer = this->ask(path);
    EXPECT_EQ(answer.status, 500u) << path;
    EXPECT_EQ(answer.body, R"({"title":"Internal Server Error","status":500})");
    EXPECT_EQ(answer.field("content-type"), "application/problem+json");
    EXPECT_EQ(answer.field("exception_what"), "");
    EXPECT_EQ(answer.field("x-half"), "");
    EXPECT_EQ(answer.field("x-server"), "mine");
    EXPECT_NE(answer.field("ratelimit"), "");
  }
}

using HttplibLimitsWithoutStore = Httplib<LimitsOnRedis>;

TEST_F(HttplibLimitsWithoutStore, DoWhatTheRuleSays) {
  const auto rule = [](OnStoreFailure what) {
    return std::vector{limiter({.max_requests = 5, .interval = 1h, .on_store_failure = what})};
  };
  get_route("/allow", rule(OnStoreFailure::allow));
  get_route("/deny", rule(OnStoreFailure::deny));
  get_route("/local", rule(OnStoreFailure::local));
  get_route("/asks", rule(OnStoreFailure::allow),
            [&](const httplib::Request&, httplib::Response&, const User&) {
              (void)limits.run(where.service.sessions("u"));
            });
  start();
  const auto access = tokens_of("u").access;
  EXPECT_EQ(ask("/local", bearer(access)).body, "u");
  where.server.kill();
  int allowed = 0, denied = 0, local = 0;
  for (int i = 0; i < 20; ++i) {
    const auto answer = ask("/allow", bearer(access));
    allowed += answer.status == 200;
    EXPECT_EQ(answer.body, "nobody");
    const auto refusal = ask("/deny");
    denied += refusal.status == 503;
    EXPECT_EQ(refusal.field("retry-after"), "1");
    local += ask("/local", bearer(access)).status == 200;
    const auto asked = ask("/asks");
    EXPECT_EQ(asked.status, 503u);
    EXPECT_EQ(asked.field("retry-after"), "1");
  }
  EXPECT_EQ(allowed, 20);
  EXPECT_EQ(denied, 20);
  EXPECT_EQ(local, 5);
  where.server.restart();
  const auto pair = [&] {  // once the client has seen that it is back
    for (;;) {
      try {
        return tokens_of("v");
      } catch (const cache::StoreUnavailable&) {
        std::this_thread::yield();
      }
    }
  }();
  EXPECT_EQ(ask("/deny", bearer(pair.access)).body, "v");
}

}  // namespace
}  // namespace webtool::http
