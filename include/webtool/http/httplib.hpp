// Limits for servers of cpp-httplib. Nothing else of webtool needs that library: whoever includes
// this header has it, and links to it.
//
// cpp-httplib answers each request on a thread of its own, which waits for what it asks. Webtool's
// coroutines run on one further thread, where the store's connections and their timers live.
#pragma once

#include <httplib.h>

#include <webtool/core/awaitable.hpp>
#include <webtool/http/failure.hpp>
#include <webtool/throttle/apply_headers.hpp>
#include <webtool/throttle/limit_middleware.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace webtool::http {

/// A request of cpp-httplib as backends and limits see it. That library has percent-decoded the
/// values of header fields; whatever reads them here is strict about every character.
class HttplibRequest final : public auth::RequestView {
 public:
  /// `request` must outlive this.
  explicit HttplibRequest(const httplib::Request& request) : request_(request) {}

  [[nodiscard]] std::string_view method() const override { return request_.method; }
  [[nodiscard]] std::string_view path() const override {
    return std::string_view(request_.target).substr(0, request_.target.find('?'));
  }
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name,
                                                       std::size_t nth = 0) const override {
    auto [from, to] = request_.headers.equal_range(std::string(name));
    for (; from != to; ++from)
      if (nth-- == 0) return from->second;
    return std::nullopt;
  }
  /// 0.0.0.0 where there is no address, as with a Unix socket: such clients are charged as one.
  [[nodiscard]] boost::asio::ip::address peer() const override {
    // Not the header REMOTE_ADDR, which cpp-httplib adds to those a client may have sent itself.
    boost::system::error_code none;
    return boost::asio::ip::make_address(request_.remote_addr, none);
  }

 private:
  const httplib::Request& request_;
};

/// Must outlive the server whose handlers it makes.
class HttplibLimits {
 public:
  /// The third argument is who makes the request, where the middleware has found out for certain;
  /// see throttle::Verdict::auth.
  using Handler = std::function<void(const httplib::Request&, httplib::Response&,
                                     const std::optional<auth::AuthData>&)>;

  /// `middleware` must outlive this.
  explicit HttplibLimits(throttle::LimitMiddleware& middleware)
      : middleware_(middleware), thread_([this] { context_.run(); }) {}
  HttplibLimits(const HttplibLimits&) = delete;
  HttplibLimits& operator=(const HttplibLimits&) = delete;
  ~HttplibLimits() {
    context_.stop();
    thread_.join();
  }

  /// `handler` behind `rules`, for `server.Get(…)` and its like. `route` tells the counters of one
  /// route from those of others ("GET /api/1/"). What the handler throws becomes a 503 where it is
  /// cache::StoreUnavailable and a 500 otherwise, neither of which says why.
  /// Throws std::invalid_argument for impossible rules.
  [[nodiscard]] httplib::Server::Handler on(std::string_view route,
                                            std::vector<throttle::LimitRule> rules,
                                            Handler handler) {
    return
        [this, policy = middleware_.policy(route, std::move(rules)), handler = std::move(handler)](
            const httplib::Request& request, httplib::Response& response) {
          answer(policy, handler, request, response);
        };
  }

  /// Runs one of webtool's coroutines and waits for what it gives or throws: for handlers that ask
  /// a service. What it refers to must live until then.
  template <class T>
  T run(awaitable<T> work) {
    return boost::asio::co_spawn(context_, std::move(work), boost::asio::use_future).get();
  }

 private:
  // What throttle::apply_headers wants of an answer.
  struct Fields {
    httplib::Headers& headers;

    [[nodiscard]] std::optional<std::string> header(const char* name) const {
      const auto found = headers.find(name);
      return found == headers.end() ? std::nullopt : std::optional(found->second);
    }
    void set(std::string_view name, std::string_view value) {
      headers.erase(std::string(name));
      add(name, value);
    }
    void add(std::string_view name, std::string_view value) { headers.emplace(name, value); }
  };

  // In place of whatever the handler has begun, but with the fields the server had set before.
  static void fail(httplib::Response& response, httplib::Headers before, const Response& problem) {
    httplib::Response fresh;
    fresh.version = response.version;
    fresh.headers = std::move(before);
    fresh.status = static_cast<int>(problem.status);
    fresh.body = problem.body;
    Fields fields{fresh.headers};
    for (const auto& field : problem.fields()) fields.set(field.name, field.value);
    std::swap(response, fresh);
  }

  void answer(const throttle::Policy& policy, const Handler& handler,
              const httplib::Request& request, httplib::Response& response) {
    const auto before = response.headers;
    throttle::Verdict verdict;
    try {
      const HttplibRequest view(request);
      verdict = run(middleware_.check(view, policy));
      if (verdict.passed) {
        handler(request, response, verdict.auth);
      } else {
        response.status = static_cast<int>(verdict.status);
        response.body = std::move(verdict.body);
      }
    } catch (...) {
      fail(response, before, failure(std::current_exception(), policy.route()));
    }
    Fields fields{response.headers};
    throttle::apply_headers(fields, verdict.headers);
  }

  throttle::LimitMiddleware& middleware_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<Executor> work_{context_.get_executor()};
  std::thread thread_;
};

}  // namespace webtool::http
