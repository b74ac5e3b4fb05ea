// The documented limits on another server: cpp-httplib, whose handlers block. The settings are
// those of getting_started.
#include <webtool/auth/backend.hpp>
#include <webtool/auth/jwt_service.hpp>
#include <webtool/http/httplib.hpp>
#include <webtool/utils/keys.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>

#include "getting_started.hpp"

using namespace webtool;
using namespace std::chrono_literals;
using throttle::limiter;
using User = std::optional<auth::AuthData>;

int main() try {
  const Settings settings = read_settings();
  const Store store = open_store(settings.cache_url, utils::load_or_make_ed_key(settings.key_file));
  auth::JWTBackend jwt_backend(*store.jwt_service);
  const auto anno_backend = make_anno_backend(settings.cookie_secret);
  const auth::ClientAddress client_address({split_list(settings.trusted_proxies)});
  throttle::LimitMiddleware middleware(*store.limiter,
                                       {.auth_backend = &jwt_backend,
                                        .anno_backend = anno_backend ? &*anno_backend : nullptr,
                                        .client_address = client_address});
  http::HttplibLimits limits(middleware);
  httplib::Server server;
  server.set_tcp_nodelay(true);  // without this, each response waits for the client's kernel

  const auto get_resource = [](const httplib::Request&, httplib::Response& response, const User&) {
    response.set_content(R"({"status":"success"})", "application/json");
  };
  server.Get("/api/1/", limits.on("GET /api/1/", {limiter({.max_requests = 10, .interval = 10s})},
                                  get_resource));
  server.Get(
      "/api/2/",
      limits.on("GET /api/2/", {limiter({.max_requests = 10, .interval = 10s, .scopes = {"anno"}})},
                get_resource));
  server.Get(
      "/api/3/",
      limits.on("GET /api/3/", {limiter({.max_requests = 10, .interval = 10s, .scopes = {"user"}})},
                get_resource));

  const std::vector<throttle::LimitRule> now_and_then{
      limiter({.max_requests = 100, .interval = 1min})};
  // A handler that calls a service.
  const auto get_token = [&](const httplib::Request& request, httplib::Response& response,
                             const User&) {
    const auth::Grant claims(request.has_param("sub") ? request.get_param_value("sub") : "123");
    try {
      const auto pair = limits.run(store.jwt_service->create_token(claims));
      const boost::json::array both{pair.access, pair.refresh};
      response.set_header("Cache-Control", "no-store");
      response.set_content(boost::json::serialize(both), "application/json");
    } catch (const std::logic_error&) {  // a sub that is not allowed in a token
      response.status = 400;
    }
  };
  server.Get("/token/", limits.on("GET /token/", now_and_then, get_token));
  // A handler that uses the authenticated user.
  const auto get_user = [](const httplib::Request&, httplib::Response& response, const User& user) {
    if (user) {
      response.set_content(auth::to_json(*user), "application/json");
    } else {
      response.status = 401;
      response.set_header("WWW-Authenticate", "Bearer");
    }
  };
  server.Get("/get_user/", limits.on("GET /get_user/", now_and_then, get_user));

  const int port = settings.port == 0 ? server.bind_to_any_port(settings.host.c_str())
                   : server.bind_to_port(settings.host.c_str(), settings.port) ? settings.port
                                                                               : -1;
  if (port < 0) throw std::runtime_error("cannot listen on " + settings.host);
  std::cout << "Listening on http://" << settings.host << ':' << port << std::endl;
  server.listen_after_bind();
} catch (const std::exception& error) {
  std::cerr << "httplib_server: " << error.what() << '\n';
  return 1;
}
