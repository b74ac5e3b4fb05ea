// A server whose limits are as odd as rules may be, for a client that reads its header fields.
#include <webtool/http/server.hpp>
#include <webtool/throttle/in_memory_limiter.hpp>

#include <iostream>

using namespace webtool;
using namespace std::chrono_literals;
using throttle::Algorithm;
using throttle::limiter;

int main() {
  throttle::InMemoryLimiter counters;
  throttle::LimitMiddleware middleware(counters);
  http::Server server({.port = 0});
  server.use(middleware);
  const auto handler = [](http::Request&) -> awaitable<http::Response> {
    co_return http::text(200, "passed");
  };
  server.get("/one/", limiter({.max_requests = 2, .interval = 1h}), handler);
  server.get("/several/", limiter({.max_requests = 2, .interval = 1500ms, .name = "burst"}),
             limiter({.max_requests = 1'000'000'000,
                      .interval = std::chrono::hours(87'600),
                      .algorithm = Algorithm::gcra}),
             limiter({.max_requests = 100, .interval = 1ms, .algorithm = Algorithm::fixed_window}),
             handler);
  server.get(
      "/odd/",
      limiter(
          {.max_requests = 2, .interval = 1h, .name = "!#$%&'()*+,-./0189:;<=>?@AZ[]^_`az{|}~"}),
      limiter({.max_requests = 9, .interval = 1h, .name = std::string(64, ';')}),
      limiter({.max_requests = 9, .interval = 2h, .name = "?1"}),
      limiter({.max_requests = 9, .interval = 3h, .name = ":YQ==:,a;b=1"}), handler);
  server.get("/cost/", limiter({.max_requests = 12, .interval = 1h, .cost = 5}), handler);
  server.get("/shadow/", limiter({.max_requests = 1, .interval = 1h, .shadow = true}),
             limiter({.max_requests = 2, .interval = 1h, .name = "real"}), handler);
  std::cout << "Listening on http://127.0.0.1:" << server.port() << std::endl;
  server.run();
}
