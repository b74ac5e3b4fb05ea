#include <webtool/http/server.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>

#include <csignal>
#include <stdexcept>
#include <string>

#include "core/option_check.hpp"
#include "http/descriptors.hpp"
#include "http/router.hpp"
#include "http/worker.hpp"

namespace webtool::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

ServerOptions check(ServerOptions options) {
  const OptionCheck require("ServerOptions");
  require(options.threads > 0, "threads must be at least 1");
  require(options.header_limit > 0, "header_limit must be at least 1");
  require(options.max_connections > 0, "max_connections must be at least 1");
  const auto zero = std::chrono::milliseconds::zero();
  require(options.header_timeout > zero, "header_timeout must be positive");
  require(options.body_timeout > zero, "body_timeout must be positive");
  require(options.write_timeout > zero, "write_timeout must be positive");
  require(options.idle_timeout > zero, "idle_timeout must be positive");
  require(options.drain_timeout > zero, "drain_timeout must be positive");
  options.max_connections = fit_descriptors(options.max_connections);
  return options;
}

// `host` is an IP address, with or without brackets, or a name to look up.
asio::ip::address address_of(const std::string& host) {
  std::string text = host;
  if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    text = text.substr(1, text.size() - 2);
  error_code error;
  const auto address = asio::ip::make_address(text, error);
  if (!error) return address;
  if (text == "localhost") return asio::ip::address_v4::loopback();  // RFC 6761 §6.3
  asio::io_context context;
  const auto found = tcp::resolver(context).resolve(text, "", tcp::resolver::passive, error);
  if (error || found.empty())
    throw std::invalid_argument("ServerOptions::host: " + host + " has no address");
  return found.begin()->endpoint().address();
}

// Without this check, sockets that share a port would silently share it with another server of the
// same user.
void check_free(const tcp::endpoint& endpoint) {
  asio::io_context context;
  tcp::acceptor probe(context, endpoint);
}

}  // namespace

Server::Server(ServerOptions options)
    : options_(check(std::move(options))), router_(std::make_unique<Router>()) {
  tcp::endpoint endpoint(address_of(options_.host), options_.port);
  try {
    const bool share = options_.threads > 1;
    if (share && options_.port != 0) check_free(endpoint);
    for (unsigned i = 0; i < options_.threads; ++i) {
      workers_.push_back(
          std::make_unique<Worker>(options_, *router_, response_hook_, endpoint, share));
      port_ = workers_.front()->port();
      endpoint.port(port_);
    }
  } catch (const boost::system::system_error& error) {
    // A new code, because the old one contains a location in Asio's sources.
    const error_code code(error.code().value(), error.code().category());
    throw boost::system::system_error(
        code, "cannot listen on " + options_.host + " port " + std::to_string(options_.port));
  }
}

Server::~Server() {
  stop();
}

void Server::on_response(ResponseHook hook) {
  if (!threads_.empty()) throw std::logic_error("hooks must be set before the server starts");
  if (!response_hook_) {
    response_hook_ = std::move(hook);
    return;
  }
  response_hook_ = [first = std::move(response_hook_), second = std::move(hook)](
                       const Request& request, Response& response) {
    first(request, response);
    second(request, response);
  };
}

void Server::add(std::string_view method, std::string_view path, Steps steps, Handler handler) {
  if (!threads_.empty()) throw std::logic_error("routes must be declared before the server starts");
  Route route{std::string(method), std::string(path), std::move(steps.guards), std::move(handler)};
  if (!steps.rules.empty()) {
    const auto name = route.method + " " + route.path;
    if (middleware_ == nullptr)
      throw std::logic_error("route " + name + " has limits: call Server::use first");
    route.limits.emplace(
        RouteLimits{middleware_, middleware_->policy(name, std::move(steps.rules))});
  }
  router_->add(std::move(route));
}

void Server::run() {
  asio::signal_set signals(workers_.front()->context(), SIGINT, SIGTERM);
  signals.async_wait([&](error_code cancelled, int) {
    if (cancelled) return;
    signals.clear();  // a second signal ends the process
    for (auto& worker : workers_) worker->drain();
  });
  start();
  join();
}

void Server::start() {
  if (!threads_.empty()) throw std::logic_error("a server can start only once");
  for (auto& worker : workers_) threads_.emplace_back([&worker] { worker->run(); });
}

void Server::stop() {
  for (auto& worker : workers_) worker->drain();
  join();
}

void Server::join() {
  const std::lock_guard lock(joining_);
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace webtool::http
