#include "http/worker.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "http/render.hpp"

namespace webtool::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

// A SettableSocketOption, since Asio has none for SO_REUSEPORT.
class ReusePort {
 public:
  [[nodiscard]] int level(const asio::ip::tcp&) const { return SOL_SOCKET; }
  [[nodiscard]] int name(const asio::ip::tcp&) const { return SO_REUSEPORT; }
  [[nodiscard]] const int* data(const asio::ip::tcp&) const { return &enabled_; }
  [[nodiscard]] std::size_t size(const asio::ip::tcp&) const { return sizeof enabled_; }

 private:
  int enabled_ = 1;
};

std::string current_date() {
  return http_date(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
}

// The interval is short enough that no timeout lasts much too long.
std::chrono::milliseconds tick_interval(const ServerOptions& o) {
  const auto shortest = std::min({o.header_timeout, o.body_timeout, o.write_timeout, o.idle_timeout,
                                  o.drain_timeout, 1'000ms});
  return std::max(shortest / 4, 1ms);
}

}  // namespace

Worker::Worker(const ServerOptions& options, const Router& router, const ResponseHook& on_response,
               const Tcp::endpoint& endpoint, bool share)
    : max_connections_(std::max<std::size_t>(options.max_connections / options.threads, 1)),
      shared_{.options = options,
              .router = router,
              .on_response = on_response,
              .date = current_date()} {
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(asio::socket_base::reuse_address(true));
  if (share) acceptor_.set_option(ReusePort());
  acceptor_.bind(endpoint);
  acceptor_.listen();
}

void Worker::run() {
  const auto log = [](std::exception_ptr failure) {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      spdlog::error("http worker: {}", error.what());
    }
  };
  asio::co_spawn(context_, accept(), log);
  asio::co_spawn(context_, tick(), log);
  while (!context_.stopped()) {
    try {
      context_.run();
    } catch (...) {  // from work of a handler on this io_context
      log(std::current_exception());
    }
  }
  for (auto& connection : connections_) connection.close();
}

void Worker::drain() {
  asio::post(context_, [this] { begin_drain(); });
}

void Worker::begin_drain() {
  if (shared_.draining) return;
  shared_.draining = true;
  drain_deadline_ = SteadyClock::now() + shared_.options.drain_timeout;
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  for (auto& connection : connections_) connection.close_if_idle();
  stop_if_drained();
}

// The io_context must be stopped, because other work on it, such as a store connection, never ends.
void Worker::stop_if_drained() {
  if (shared_.draining && open_ == 0) context_.stop();
}

awaitable<> Worker::accept() {
  bool is_failing = false;
  while (!shared_.draining) {
    if (open_ >= max_connections_) {
      co_await pause();
      continue;
    }
    Socket socket(context_.get_executor());
    error_code error;
    co_await acceptor_.async_accept(socket, asio::redirect_error(use_awaitable, error));
    if (shared_.draining) break;
    if (!error) {
      ++open_;
      asio::co_spawn(context_, serve(std::move(socket)), [this](std::exception_ptr) {
        --open_;
        stop_if_drained();
      });
    } else {
      // Without descriptors or memory, accepting fails until connections end. Pause to avoid a busy
      // loop.
      if (!is_failing) spdlog::warn("http: cannot accept connections: {}", error.message());
      co_await pause();
    }
    is_failing = !!error;
  }
}

awaitable<> Worker::serve(Socket socket) {
  Connection connection(std::move(socket), shared_);
  connections_.push_back(connection);
  co_await connection.serve();
}

awaitable<> Worker::pause() {
  error_code cancelled;
  pause_.expires_after(20ms);
  co_await pause_.async_wait(asio::redirect_error(use_awaitable, cancelled));
}

awaitable<> Worker::tick() {
  const auto interval = tick_interval(shared_.options);
  for (;;) {
    ticks_.expires_after(interval);
    co_await ticks_.async_wait(use_awaitable);
    const auto now = SteadyClock::now();
    if (now >= drain_deadline_) context_.stop();
    for (auto& connection : connections_) connection.check_deadline(now);
    shared_.date = current_date();
  }
}

}  // namespace webtool::http
