// The application of the getting-started page. It issues tokens, shows the user of a token, lets
// users rotate and revoke their tokens, and limits the requests to some routes. `make run` starts
// it. Settings come from the environment:
//
//   HOST, PORT               where to listen                              127.0.0.1, 8000
//   WEBTOOL_CACHE            memory://, or a redis URL                    memory://
//   WEBTOOL_KEY_FILE         created if it does not exist                 ed_private_key1.pem
//   WEBTOOL_COOKIE_SECRET    signs anonymous sessions; without it, only the address
//                            distinguishes anonymous users
//   WEBTOOL_DB               the accounts: sqlite or postgresql URL       sqlite:///users.db
//   WEBTOOL_PASSWORD_COST    of Argon2id                                  m=19456,t=2,p=1
//   WEBTOOL_PASSWORD_COST_WEAK  1 allows less than OWASP recommends; for tests
//   WEBTOOL_TRUSTED_PROXIES  networks whose X-Forwarded-For is trusted    none
//   WEBTOOL_DEMO             0 turns GET /token/ off                      on
//   WEBTOOL_METRICS          host:port of /metrics for Prometheus;        none
//                            1 is 127.0.0.1:9464
#include <webtool/auth/backend.hpp>
#include <webtool/auth/jwt_service.hpp>
#include <webtool/http/server.hpp>
#include <webtool/metrics/prometheus.hpp>
#include <webtool/throttle/limit_middleware.hpp>
#include <webtool/utils/keys.hpp>

#include <boost/json/serialize.hpp>

#include <sys/stat.h>

#include <iostream>
#include <optional>

#include "accounts.hpp"
#include "console.hpp"
#include "demo_tokens.hpp"
#include "getting_started.hpp"
#include "metrics_server.hpp"

using namespace webtool;
using namespace std::chrono_literals;

int main() try {
  const Settings settings = read_settings();
  umask(S_IRWXG | S_IRWXO);  // only this user may access users.db and its companion files
  make_private(settings.database_url);
  const jose::Key key = utils::load_or_make_ed_key(settings.key_file);
  const auto metrics = settings.metrics.empty() ? nullptr : std::make_shared<metrics::Prometheus>();
  const Store store = open_store(settings.cache_url, key, metrics);
  const auto& jwt_service = store.jwt_service;
  auth::JWTBackend jwt_backend(*jwt_service);
  const auto anno_backend = make_anno_backend(settings.cookie_secret);
  const auth::ClientAddress client_address({split_list(settings.trusted_proxies)});
  throttle::LimitMiddleware middleware(*store.limiter,
                                       {.auth_backend = &jwt_backend,
                                        .anno_backend = anno_backend ? &*anno_backend : nullptr,
                                        .client_address = client_address,
                                        .observer = metrics});
  http::Server server({.host = settings.host, .port = settings.port});
  server.use(middleware);

  using throttle::limiter;
  const throttle::LimitRule per_address{
      .max_requests = 300, .interval = 1min, .per = throttle::Per::address};
  // The response to every invalid refresh token.
  const auto refused = [] { return http::problem(401, "invalid_token"); };

  const auto cost = PasswordCost::parse(settings.password_cost);
  if (cost.is_weak() && !settings.allows_weak_passwords)
    throw std::invalid_argument(
        "WEBTOOL_PASSWORD_COST is too low: m must be at least 7168, and m times t at least 35840. "
        "For tests, set WEBTOOL_PASSWORD_COST_WEAK=1");
  UserStore users(settings.database_url, cost);
  DemoTokens demo(users, *jwt_service);
  if (settings.has_demo)
    server.get("/token/", limiter(per_address),
               [&](http::Request& request) { return demo.create(request); });

  server.get("/get_user/", http::require_auth(jwt_backend),
             [](http::Request& request) -> awaitable<http::Response> {
               co_return http::json(200, auth::to_json(*request.auth));
             });

  server.post("/token/refresh/", limiter(per_address),
              [&](http::Request& request) -> awaitable<http::Response> {
                const auto refresh = text_member(request, "refresh_token");
                if (!refresh) co_return http::problem(400, "refresh_token is missing");
                const auto pair = co_await jwt_service->update_token({}, *refresh);
                if (pair.has_error()) co_return refused();
                co_return answer_with(*pair);
              });

  server.post("/token/revoke/", limiter(per_address),
              [&](http::Request& request) -> awaitable<http::Response> {
                const auto refresh = text_member(request, "refresh_token");
                const auto jti = text_member(request, "jti");
                if (!refresh) co_return http::problem(400, "refresh_token is missing");
                if (jti) {
                  const auto ended = co_await jwt_service->invalidate_token(*refresh, *jti);
                  if (ended.has_error()) co_return refused();
                } else {
                  // An already invalid token is also a success (RFC 7009 section 2.2).
                  (void)co_await jwt_service->invalidate_token(*refresh);
                }
                co_return http::Response(204);
              });

  server.post("/token/revoke/others/", limiter(per_address),
              [&](http::Request& request) -> awaitable<http::Response> {
                const auto refresh = text_member(request, "refresh_token");
                if (!refresh) co_return http::problem(400, "refresh_token is missing");
                const auto ended = co_await jwt_service->invalidate_others(*refresh);
                if (ended.has_error()) co_return refused();
                co_return http::Response(204);
              });

  server.get("/sessions/", http::require_auth(jwt_backend),
             [&](http::Request& request) -> awaitable<http::Response> {
               const auto* jti = request.auth->extra.if_contains("jti");
               const auto own_jti = jti == nullptr ? "" : std::string(jti->as_string());
               const auto sessions =
                   co_await jwt_service->sessions(request.auth->identifier, own_jti);
               co_return http::json(200, auth::to_json(sessions)).set("Cache-Control", "no-store");
             });

  const auto get_resource = [](http::Request&) -> awaitable<http::Response> {
    co_return http::json(200, std::string(R"({"status":"success"})"));
  };
  server.get("/api/1/", limiter({.max_requests = 10, .interval = 10s}), get_resource);
  server.get("/api/2/", limiter({.max_requests = 10, .interval = 10s, .scopes = {"anno"}}),
             get_resource);
  server.get("/api/3/", limiter({.max_requests = 10, .interval = 10s, .scopes = {"user"}}),
             get_resource);

  Accounts accounts(users, *jwt_service, *store.limiter, client_address);
  server.post("/register/", [&](http::Request& request) { return accounts.sign_up(request); });
  server.post("/login/", [&](http::Request& request) { return accounts.login(request); });

  const auto jwks = boost::json::serialize(jose::KeyRing(key).public_jwks());
  server.get("/.well-known/jwks.json", [&](http::Request&) -> awaitable<http::Response> {
    co_return http::json(200, jwks)
        .set("Content-Type", "application/jwk-set+json")
        .set("Cache-Control", "public, max-age=300");
  });

  server.get("/", [](http::Request& request) -> awaitable<http::Response> {
    if (accepts_html(request)) co_return console_page();
    co_return http::text(200, std::string(welcome));
  });
  add_console_files(server);
  server.get("/healthz", [](http::Request&) -> awaitable<http::Response> {
    co_return http::text(200, "ok\n");
  });

  std::optional<MetricsServer> metrics_server;
  if (metrics) metrics_server.emplace(settings.metrics, metrics);
  print_greeting(settings.host, server.port());
  server.run();
} catch (const std::exception& error) {
  std::cerr << "getting_started: " << error.what() << '\n';
  return 1;
}
