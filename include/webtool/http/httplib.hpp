// Limits for servers of cpp-httplib. The rest of webtool does not need that library, so a program
// that includes this header must provide cpp-httplib and link to it.
//
// cpp-httplib handles each request on a thread that may block. Webtool's coroutines run on one
// additional thread, which owns the store's connections and their timers.
#pragma once

#include <httplib.h>
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

#include <webtool/core/awaitable.hpp>
#include <webtool/http/failure.hpp>
#include <webtool/throttle/apply_headers.hpp>
#include <webtool/throttle/limit_middleware.hpp>

namespace webtool::http {

/// Adapts a request of cpp-httplib for backends and limits. The library has percent-decoded the
/// values of header fields, so all code that reads them must check every character.
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
  /// 0.0.0.0 if there is no address, as with a Unix socket. Limits treat such clients as one
  /// client.
  [[nodiscard]] boost::asio::ip::address peer() const override {
    // The header REMOTE_ADDR is not safe: cpp-httplib adds it, but a client can send it too.
    boost::system::error_code none;
    return boost::asio::ip::make_address(request_.remote_addr, none);
  }

 private:
  const httplib::Request& request_;
};

/// This object must outlive the server that uses its handlers.
class HttplibLimits {
 public:
  /// The third argument is the authenticated user, if the middleware knows it for certain; see
  /// throttle::Verdict::auth.
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

  /// Wraps `handler` with `rules`, for `server.Get(…)` and similar functions. `route`, such as
  /// "GET /api/1/", separates the counters of this route from those of other routes. If the handler
  /// throws cache::StoreUnavailable, the response is a 503; for any other exception it is a 500.
  /// Neither contains the reason. Throws std::invalid_argument for invalid rules.
  [[nodiscard]] httplib::Server::Handler on(std::string_view route,
                                            std::vector<throttle::LimitRule> rules,
                                            Handler handler) {
    return
        [this, policy = middleware_.policy(route, std::move(rules)), handler = std::move(handler)](
            const httplib::Request& request, httplib::Response& response) {
          answer(policy, handler, request, response);
        };
  }

  /// Runs a coroutine of webtool, waits for it, and returns or throws its result. Use this function
  /// in handlers that call a service. Objects that the coroutine refers to must exist until it
  /// returns.
  template <class T>
  T run(awaitable<T> work) {
    return boost::asio::co_spawn(context_, std::move(work), boost::asio::use_future).get();
  }

 private:
  // The interface of a response that throttle::apply_headers needs.
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

  // Replaces the unfinished response of the handler, but keeps the fields that the server had set.
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
