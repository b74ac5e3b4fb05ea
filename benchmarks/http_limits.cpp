// Limits over HTTP beside nginx's limit_req: one worker each, the same load from wrk, in the same
// run; and what the middleware adds to the latency of a bare handler. Both answer a short text,
// nginx from a file it keeps open, because `return` would answer before limit_req is asked.
#include <webtool/cache/redis_cache.hpp>
#include <webtool/http/server.hpp>
#include <webtool/throttle/in_memory_limiter.hpp>
#include <webtool/throttle/redis_limiter.hpp>

#include "http_peer.hpp"
#include "support/redis_server.hpp"

using namespace webtool;
using namespace std::chrono_literals;

namespace {

// One address makes far fewer requests than that, and the window is always in motion.
throttle::LimitRule never_reached() {
  return {.max_requests = 100'000, .interval = 100ms};
}

// A server whose routes are limited by `limiter`.
class Limited {
 public:
  explicit Limited(throttle::BaseLimiter& limiter) : middleware_(limiter) {
    const auto hello = [](http::Request&) -> awaitable<http::Response> {
      co_return http::text(200, "hello");
    };
    server_.use(middleware_);
    server_.get("/bare/", hello);
    server_.get("/api/1/", throttle::limiter({.max_requests = 10, .interval = 10s}), hello);
    server_.get("/free/", throttle::limiter(never_reached()), hello);
    server_.start();
  }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

 private:
  throttle::LimitMiddleware middleware_;
  http::Server server_{{.port = 0, .threads = 1}};
};

void print_latency(const std::string& name, const bench::Load& load) {
  bench::Figures best{};
  for (int round = 0; round < 3; ++round) {
    const auto figures = bench::measure(load);
    if (round == 0 || figures.p50_us < best.p50_us) best = figures;
  }
  fmt::print("{:<48}{:>12.0f}{:>14.0f}\n", name, best.p50_us, best.p99_us);
  std::fflush(stdout);
}

}  // namespace

int main() {
  throttle::InMemoryLimiter in_memory;
  const Limited embedded(in_memory);
  const bench::Nginx generous("limit_req zone=z burst=1000000 nodelay;",
                              "limit_req_zone $binary_remote_addr zone=z:10m rate=1000000r/s;");
  const bench::Nginx strict("limit_req zone=z burst=10 nodelay; limit_req_status 429;",
                            "limit_req_zone $binary_remote_addr zone=z:10m rate=1r/s;");
  bench::print_head();
  bench::compare("a limit that is never reached, embedded",
                 {.port = embedded.port(), .path = "/free/"},
                 {.port = generous.port(), .path = "/hello"});
  bench::compare("GET /api/1/ (10 in 10 s), embedded: 429",
                 {.port = embedded.port(), .path = "/api/1/", .expect_refusals = true},
                 {.port = strict.port(), .path = "/hello", .expect_refusals = true});

  test::RedisServer redis;
  cache::RedisCache cache(redis.url());
  throttle::RedisLimiter on_redis(cache);
  const Limited shared(on_redis);
  bench::compare("a limit that is never reached, Redis", {.port = shared.port(), .path = "/free/"},
                 {.port = generous.port(), .path = "/hello"});
  bench::compare("GET /api/1/ (10 in 10 s), Redis: 429",
                 {.port = shared.port(), .path = "/api/1/", .expect_refusals = true},
                 {.port = strict.port(), .path = "/hello", .expect_refusals = true});

  fmt::print("\n{:<48}{:>12}{:>14}\n", "latency, 1 connection, microseconds", "p50", "p99");
  print_latency("bare handler", {.port = embedded.port(), .path = "/bare/", .connections = 1});
  print_latency("limited, embedded", {.port = embedded.port(), .path = "/free/", .connections = 1});
  print_latency("limited, Redis", {.port = shared.port(), .path = "/free/", .connections = 1});
}
