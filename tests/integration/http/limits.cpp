// Limits as they are declared on routes, over real HTTP, on a real Redis that comes and goes.
#include <gtest/gtest.h>

#include <webtool/cache/redis_cache.hpp>
#include <webtool/http/server.hpp>
#include <webtool/throttle/in_memory_limiter.hpp>
#include <webtool/throttle/redis_limiter.hpp>

#include <atomic>
#include <thread>
#include <vector>

#include "integration/http/client.hpp"
#include "support/redis_server.hpp"

namespace webtool::http {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::get;
using throttle::limiter;
using throttle::OnStoreFailure;

class OneTokenBackend final : public auth::BaseBackend {
 public:
  awaitable<result<auth::AuthData>> authenticate(const auth::RequestView& request) override {
    ++asked;
    if (request.header("authorization") != "Bearer good")
      co_return make_error_code(auth::TokenError::no_credentials);
    auth::AuthData data;
    data.identifier = "u";
    co_return data;
  }
  std::atomic<int> asked{0};
};

// Says yes, and how often it was asked.
class CountingLimiter final : public throttle::BaseLimiter {
 public:
  awaitable<throttle::Decision> decide(const throttle::Attempt&) override {
    ++asked;
    co_return throttle::Decision{};
  }
  std::atomic<int> asked{0};
};

ServerOptions on_any_port(unsigned threads = 1) {
  ServerOptions options;
  options.port = 0;
  options.threads = threads;
  return options;
}

Handler answer_with(Response response) {
  return [response](Request&) -> awaitable<Response> { co_return response; };
}

TEST(HttpLimits, StandOnTheRouteThatDeclaresThem) {
  throttle::InMemoryLimiter counters;
  throttle::LimitMiddleware middleware(counters);
  Server server(on_any_port());
  server.use(middleware);
  server.get("/two/", limiter({.max_requests = 2, .interval = 1h}),
             answer_with(Response(200, "a")));
  server.get("/one/", limiter({.max_requests = 5, .interval = 1h}),
             limiter({.max_requests = 1, .interval = 1h}), answer_with(Response(200, "b")));
  server.post("/two/", limiter({.max_requests = 2, .interval = 1h}),
              answer_with(Response(200, "c")));
  server.start();
  Client client(server.port());
  EXPECT_EQ(client.ask(get("/two/")).status, 200u);
  client.send("HEAD /two/ HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = client.receive(test::ReplyTo::head);
  EXPECT_EQ(head.status, 200u);  // is a GET, and the second one
  EXPECT_EQ(head.field("ratelimit"), "\"2-per-3600s\";r=0;t=3600");
  const auto third = client.ask(get("/two/"));
  EXPECT_EQ(third.status, 429u);
  EXPECT_EQ(third.field("cache-control"), "no-store");
  EXPECT_EQ(third.field("retry-after"), "3600");
  EXPECT_EQ(third.field("content-type"), "application/problem+json");
  EXPECT_EQ(client.ask("OPTIONS /two/ HTTP/1.1\r\nHost: h\r\n\r\n").status, 204u);
  EXPECT_EQ(client.ask("POST /two/ HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").status, 200u);
  EXPECT_EQ(client.ask(get("/one/")).status, 200u);
  EXPECT_EQ(client.ask(get("/one/")).status, 429u);
}

TEST(HttpLimits, NeedAMiddleware) {
  Server server(on_any_port());
  EXPECT_THROW(server.get("/", limiter({}), answer_with(Response(200))), std::logic_error);
}

TEST(HttpLimits, CostRoutesWithoutThemNothing) {
  CountingLimiter counting;
  OneTokenBackend backend;
  throttle::LimitMiddleware middleware(counting, {.auth_backend = &backend});
  Server server(on_any_port());
  server.use(middleware);
  server.get("/free/", answer_with(Response(200)));
  server.get("/limited/", limiter({}), answer_with(Response(200)));
  server.start();
  Client client(server.port());
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(client.ask(get("/free/", "Authorization: Bearer good\r\n")).status, 200u);
  EXPECT_EQ(counting.asked, 0);
  EXPECT_EQ(backend.asked, 0);
  EXPECT_EQ(client.ask(get("/limited/", "Authorization: Bearer good\r\n")).status, 200u);
  EXPECT_EQ(counting.asked, 1);
}

TEST(HttpLimits, AuthenticateForTheGuardsToo) {
  throttle::InMemoryLimiter counters;
  OneTokenBackend backend;
  OneTokenBackend other;
  throttle::LimitMiddleware middleware(counters, {.auth_backend = &backend});
  const auto who = [](Request& request) -> awaitable<Response> {
    co_return text(200, request.auth ? request.auth->identifier : "nobody");
  };
  Server server(on_any_port());
  server.use(middleware);
  server.get("/same/", limiter({}), require_auth(backend), who);
  server.get("/other/", require_auth(other), limiter({}), who);
  server.get("/open/", limiter({}), who);
  server.start();
  Client client(server.port());
  const std::string good = "Authorization: Bearer good\r\n";
  EXPECT_EQ(client.ask(get("/same/", good)).body, "u");
  EXPECT_EQ(backend.asked, 1);
  EXPECT_EQ(client.ask(get("/other/", good)).body, "u");
  EXPECT_EQ(other.asked, 1);
  EXPECT_EQ(client.ask(get("/open/", good)).body, "u");
  EXPECT_EQ(client.ask(get("/open/")).body, "nobody");
  backend.asked = 0;
  const auto refused = client.ask(get("/same/", "Authorization: Bearer bad\r\n"));
  EXPECT_EQ(refused.status, 401u);
  EXPECT_EQ(backend.asked, 1);
  EXPECT_NE(refused.field("ratelimit"), "");
}

TEST(HttpLimits, MergeTheirFieldsIntoTheAnswer) {
  throttle::InMemoryLimiter counters;
  throttle::LimitMiddleware middleware(counters);
  Server server(on_any_port());
  server.use(middleware);
  server.get("/", limiter({}),
             answer_with(Response(200)
                             .set("Access-Control-Allow-Origin", "*")
                             .set("Access-Control-Expose-Headers", "ETag")
                             .set("X-RateLimit-Limit", "the application's own")));
  server.get("/throws/", limiter({}), [](Request&) -> awaitable<Response> {
    throw std::runtime_error("a handler's mistake");
    co_return Response(200);
  });
  server.start();
  Client client(server.port());
  const auto reply = client.ask(get("/"));
  EXPECT_EQ(reply.field("access-control-expose-headers"),
            "ETag, ratelimit-policy, ratelimit, x-ratelimit-limit, x-ratelimit-remaining, "
            "x-ratelimit-reset");
  EXPECT_EQ(reply.field("x-ratelimit-limit"), "10");
  const auto failed = client.ask(get("/throws/"));
  EXPECT_EQ(failed.status, 500u);
  EXPECT_NE(failed.field("ratelimit"), "");
}

int count_passed(std::uint16_t port, const std::string& target, int threads, int each) {
  std::atomic<int> passed{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < threads; ++i)
    clients.emplace_back([&] {
      Client client(port);
      for (int k = 0; k < each; ++k) passed += client.ask(get(target)).status == 200;
    });
  for (auto& client : clients) client.join();
  return passed;
}

TEST(HttpLimits, AdmitExactlySoManyOfAllThreads) {
  test::RedisServer redis;
  cache::RedisCache cache(redis.url());
  throttle::RedisLimiter on_redis(cache);
  throttle::InMemoryLimiter in_memory;
  throttle::BaseLimiter* limiters[] = {&on_redis, &in_memory};
  for (auto* counters : limiters) {
    throttle::LimitMiddleware middleware(*counters);
    Server server(on_any_port(2));
    server.use(middleware);
    server.get("/", limiter({.max_requests = 100, .interval = 1h}), answer_with(Response(200)));
    server.start();
    EXPECT_EQ(count_passed(server.port(), "/", 4, 250), 100);
  }
}

// The store fails while clients keep asking, and comes back.
struct Failure {
  OnStoreFailure policy;
  bool frozen;
};

class HttpLimitsWithoutStore : public testing::TestWithParam<Failure> {};

TEST_P(HttpLimitsWithoutStore, DoWhatTheRuleSays) {
  const auto [policy, frozen] = GetParam();
  test::RedisServer redis;
  redis::Options options = redis::parse_url(redis.url());
  options.command_timeout = 250ms;
  options.breaker_delay = 20ms;
  options.reconnect_delay_min = 1ms;
  options.reconnect_delay_max = 10ms;
  cache::RedisCache cache(options);
  throttle::RedisLimiter counters(cache);
  throttle::LimitMiddleware middleware(counters);
  Server server(on_any_port());
  server.use(middleware);
  constexpr int limit = 20;
  server.get("/", limiter({.max_requests = limit, .interval = 1h, .on_store_failure = policy}),
             answer_with(Response(200)));
  server.start();
  ASSERT_EQ(count_passed(server.port(), "/", 2, 5), 10);

  frozen ? redis.freeze() : redis.kill();
  Client client(server.port());
  int passed = 0;
  for (int i = 0; i < 100; ++i) {
    const auto reply = client.ask(get("/"));
    passed += reply.status == 200;
    if (policy == OnStoreFailure::deny) {
      EXPECT_EQ(reply.status, 503u);
      EXPECT_EQ(reply.field("retry-after"), "1");
    }
  }
  EXPECT_EQ(passed, policy == OnStoreFailure::allow  ? 100
                    : policy == OnStoreFailure::deny ? 0
                                                     : limit);
  frozen ? redis.thaw() : redis.restart();
  const auto decisions = [&] {
    const auto reply = redis.command({"INFO", "commandstats"});
    const std::string name = "cmdstat_evalsha:calls=";
    const auto at = reply.string()->find(name);
    return at == std::string::npos ? 0 : std::stol(reply.string()->substr(at + name.size()));
  };
  const auto before = decisions();
  int tries = 0;
  while (decisions() == before && ++tries < 10'000) (void)client.ask(get("/"));
  EXPECT_LT(tries, 10'000) << "limits are not counted in the store again";
}

INSTANTIATE_TEST_SUITE_P(
    Redis, HttpLimitsWithoutStore,
    testing::Values(Failure{OnStoreFailure::allow, false}, Failure{OnStoreFailure::deny, false},
                    Failure{OnStoreFailure::local, false}, Failure{OnStoreFailure::allow, true},
                    Failure{OnStoreFailure::deny, true}, Failure{OnStoreFailure::local, true}));

}  // namespace
}  // namespace webtool::http
