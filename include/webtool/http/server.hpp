// A small HTTP/1.1 server with routes, guards, limits, and a graceful shutdown.
//
// It hosts webtool's own endpoints, examples and tests. It is not a web framework. It supports
// neither TLS nor static files; use a proxy in front of the server for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <webtool/http/guards.hpp>
#include <webtool/http/options.hpp>
#include <webtool/http/request.hpp>
#include <webtool/http/response.hpp>
#include <webtool/http/response_hook.hpp>
#include <webtool/throttle/limit_middleware.hpp>

namespace webtool::http {

class Router;
class Worker;

class Server {
 public:
  /// Starts to listen, so that port() is known. Connections wait until run() or start(). Throws
  /// std::invalid_argument for invalid options, and boost::system::system_error if the server
  /// cannot listen on the address.
  explicit Server(ServerOptions options = {});
  /// Stops the server.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Uses `middleware` for the limits of routes that are declared after this call. It must outlive
  /// the server.
  void use(throttle::LimitMiddleware& middleware) { middleware_ = &middleware; }

  /// Calls `hook` for every response before it is sent: responses of handlers, guards and limits,
  /// and the server's own (400, 404, 405, 408, 413, 414, 431, 500, 503 and OPTIONS). See
  /// http::cors. Several hooks run in the order of these calls. An exception of a hook is logged
  /// and becomes a 500. Throws std::logic_error after run() or start().
  void on_response(ResponseHook hook);

  /// Declares a route: a path, any number of limits (see throttle::limiter) and guards, and a
  /// handler. Call this function before run() or start(). Limits run before guards, in any order of
  /// the arguments.
  ///
  /// In the path, `{name}` matches one segment that is not empty. There are no other patterns:
  /// `:name`,
  /// `*`, `<name>` and regular expressions are refused. Paths match exactly, including a trailing
  /// slash. A path without parameters has priority over paths with parameters; among those, the
  /// path declared first has priority. The server answers HEAD and OPTIONS for every route.
  ///
  /// Throws std::invalid_argument if the path is malformed, if the route was already declared, or
  /// if a limit is invalid. Throws std::logic_error if the route has limits but no middleware is
  /// set.
  template <class... StepsAndHandler>
  void route(std::string_view method, std::string_view path, StepsAndHandler&&... steps) {
    static_assert(sizeof...(steps) > 0, "a route needs a handler");
    declare(method, path, std::forward_as_tuple(std::forward<StepsAndHandler>(steps)...),
            std::make_index_sequence<sizeof...(steps) - 1>{});
  }
  template <class... StepsAndHandler>
  void get(std::string_view path, StepsAndHandler&&... steps) {
    route("GET", path, std::forward<StepsAndHandler>(steps)...);
  }
  template <class... StepsAndHandler>
  void post(std::string_view path, StepsAndHandler&&... steps) {
    route("POST", path, std::forward<StepsAndHandler>(steps)...);
  }
  template <class... StepsAndHandler>
  void put(std::string_view path, StepsAndHandler&&... steps) {
    route("PUT", path, std::forward<StepsAndHandler>(steps)...);
  }
  template <class... StepsAndHandler>
  void del(std::string_view path, StepsAndHandler&&... steps) {
    route("DELETE", path, std::forward<StepsAndHandler>(steps)...);
  }

  /// The port that the server listens on.
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// Serves until SIGINT, SIGTERM or stop(), and then drains like stop().
  void run();
  /// Serves in new threads and returns at once.
  void start();
  /// Accepts no more connections, closes idle connections, and finishes the running requests.
  /// Returns when they are done or after `drain_timeout`. A stopped server cannot start again.
  /// Handlers must not call this function.
  void stop();

 private:
  struct Steps {
    std::vector<throttle::LimitRule> rules{};
    std::vector<Guard> guards{};
    void take(throttle::LimitRule rule) { rules.push_back(std::move(rule)); }
    void take(Guard guard) { guards.push_back(std::move(guard)); }
  };
  template <class Given, std::size_t... Before>
  void declare(std::string_view method, std::string_view path, Given given,
               std::index_sequence<Before...>) {
    Steps steps;
    (steps.take(std::get<Before>(std::move(given))), ...);
    add(method, path, std::move(steps), std::get<sizeof...(Before)>(std::move(given)));
  }
  void add(std::string_view method, std::string_view path, Steps steps, Handler handler);
  void join();

  const ServerOptions options_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Router> router_;
  ResponseHook response_hook_;
  throttle::LimitMiddleware* middleware_ = nullptr;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::mutex joining_;
  std::vector<std::thread> threads_;
};

}  // namespace webtool::http
