// The HTTP server beside nginx: one worker each, the same load from wrk, in the same run. nginx
// answers without looking (`return 200`); the second route here checks an Ed25519 token and its
// session before it does.
#include <webtool/auth/backend.hpp>
#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/in_memory_cache.hpp>
#include <webtool/http/server.hpp>

#include "http_peer.hpp"

using namespace webtool;

int main() {
  cache::InMemoryCache cache;
  auth::JWTServiceOptions options;
  options.secret_key = jose::Key::generate(jose::KeyType::ed25519);
  auth::JWTService service(cache, options);
  auth::JWTBackend backend(service);

  http::Server server({.port = 0, .threads = 1});
  server.get(
      "/", [](http::Request&) -> awaitable<http::Response> { co_return http::text(200, "hello"); });
  server.get("/get_user/", http::require_auth(backend),
             [](http::Request& request) -> awaitable<http::Response> {
               co_return http::json(200, auth::to_json(*request.auth));
             });
  server.start();
  const bench::Nginx nginx("return 200 'hello';");

  bench::print_head();
  const bench::Load peer{.port = nginx.port()};
  bench::compare("GET /", {.port = server.port()}, peer);
  bench::compare("GET /get_user/ (Ed25519, embedded cache)",
                 {.port = server.port(),
                  .path = "/get_user/",
                  .header = "Authorization: Bearer " + bench::new_access_token(service)},
                 peer);
}
