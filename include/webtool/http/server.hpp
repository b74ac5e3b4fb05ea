// A small HTTP/1.1 server: routes, guards, limits, and a graceful end.
//
// It hosts webtool's own endpoints, examples and tests. It is no web framework, and knows neither
// TLS nor files; put a proxy in front of it for those.
#pragma once

#include <webtool/http/guards.hpp>
#include <webtool/http/options.hpp>
#include <webtool/http/request.hpp>
#include <webtool/http/response.hpp>
#include <webtool/http/response_hook.hpp>
#include <webtool/throttle/limit_middleware.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace webtool::http {

class Router;
class Worker;

class Server {
 public:
  /// Listens at once, so that port() is known; connections wait until run() or start(). Throws
  /// std::invalid_argument for impossible options, boost::system::system_error where the address
  /// cannot be listened on.
  explicit Server(ServerOptions options = {});
  /// Stops the server.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Has `middleware` see to the limits of routes declared from now on. It must outlive the server.
  void use(throttle::LimitMiddleware& middleware) { middleware_ = &middleware; }

  /// Has `hook` change every answer before it is sent: those of handlers, guards and limits, and
  /// the server's own (400, 404, 405, 408, 413, 414, 431, 500, 503 and OPTIONS); see http::cors.
  /// Several hooks run in the order they were given. What a hook throws is logged and becomes a
  /// 500. Throws std::logic_error after run() or start().
  void on_response(ResponseHook hook);

  /// Declares a route: a path, any number of limits (see throttle::limiter) and guards, a handler.
  /// Limits come before guards, wherever they stand. Before run() or start(). In the path, `{name}`
  /// stands for one segment that is not empty. There are no other patterns: `:name`, `*`, `<name>`
  /// and regular expressions are refused. Paths match exactly, a trailing slash
  /// included; one without parameters goes before one with, and then the one declared first. HEAD
  /// and OPTIONS are answered for every route. Throws std::invalid_argument for a path that is not
  /// well-formed, for one that is taken, and for impossible limits; std::logic_error for limits
  /// that no middleware would see to.
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

  /// The port listened on.
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// Serves until SIGINT, SIGTERM or stop(), then drains as stop() does.
  void run();
  /// Serves in threads of its own.
  void start();
  /// Accepts no more, closes idle connections, answers what is under way, and returns when that is
  /// done or after `drain_timeout`. A server does not start again. Not to be called by a handler.
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
