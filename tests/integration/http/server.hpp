// The server under test, with a route for everything the tests want of a handler.
#pragma once

#include <webtool/cache/error.hpp>
#include <webtool/http/server.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

namespace webtool::test {

// Knows one token, "good", whose scope is "read"; and two which are bad each in its way.
class OneTokenBackend final : public auth::BaseBackend {
 public:
  awaitable<result<auth::AuthData>> authenticate(const auth::RequestView& request) override {
    const auto value = request.header("Authorization");
    if (!value) co_return make_error_code(auth::TokenError::no_credentials);
    if (request.header("Authorization", 1)) {
      co_return make_error_code(auth::TokenError::multiple_credentials);
    }
    if (*value == "Bearer down") {
      throw cache::StoreUnavailable(make_error_code(boost::system::errc::timed_out));
    }
    if (*value == "Bearer old") co_return make_error_code(auth::TokenError::expired);
    if (*value != "Bearer good") co_return make_error_code(auth::TokenError::bad_signature);
    auth::AuthData data;
    data.identifier = "u";
    data.scope = auth::Scope{"read"};
    co_return data;
  }
};

class TestServer {
 public:
  explicit TestServer(http::ServerOptions options = {}) : server_(on_any_port(std::move(options))) {
    declare_routes();
  }

  http::Server* operator->() { return &server_; }

  /// How many handlers of /wait have been entered; and lets them all go on.
  std::atomic<int> waiting{0};
  std::atomic<bool> go_on{false};

  static constexpr std::size_t big_size = 16 * 1024 * 1024;

 private:
  static http::ServerOptions on_any_port(http::ServerOptions options) {
    options.port = 0;
    return options;
  }

  awaitable<> wait() {
    using Clock = std::chrono::steady_clock;
    using Timer =
        boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Executor>;
    Timer timer(co_await boost::asio::this_coro::executor);
    ++waiting;
    while (!go_on) {
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(use_awaitable);
    }
  }

  void declare_routes() {
    using http::Request;
    using http::Response;
    server_.get("/", [](Request&) -> awaitable<Response> { co_return http::text(200, "hello"); });
    server_.get("/n", [](Request& request) -> awaitable<Response> {
      co_return http::text(200, request.query("n").value_or("none"));
    });
    server_.get("/name/{name}", [](Request& request) -> awaitable<Response> {
      co_return http::text(200, std::string(request.parameter("name")));
    });
    server_.get("/peer", [](Request& request) -> awaitable<Response> {
      co_return http::text(200, request.peer().to_string());
    });
    server_.get("/wait", [this](Request& request) -> awaitable<Response> {
      co_await wait();
      co_return http::text(200, "waited " + request.query("n").value_or(""));
    });
    server_.get("/big", [](Request&) -> awaitable<Response> {
      co_return http::text(200, std::string(big_size, 'x'));
    });
    server_.post("/echo", [](Request& request) -> awaitable<Response> {
      co_return http::text(200, std::string(request.body()));
    });
    server_.post("/json", [](Request& request) -> awaitable<Response> {
      const auto object = request.json();
      if (!object) co_return http::problem(400, "Not a JSON object");
      co_return http::json(200, *object);
    });
    server_.get("/throws", [](Request&) -> awaitable<Response> {
      throw std::runtime_error("a secret");
      co_return Response();
    });
    server_.get("/nonsense", [](Request&) -> awaitable<Response> { co_return Response(99); });
    server_.get("/user", http::require_auth(backend_), [](Request& request) -> awaitable<Response> {
      co_return http::text(200, request.auth->identifier);
    });
    server_.post("/write", http::require_auth(backend_), http::require_scopes({"read", "write"}),
                 [](Request&) -> awaitable<Response> { co_return Response(204); });
  }

  OneTokenBackend backend_;
  http::Server server_;
};

}  // namespace webtool::test
