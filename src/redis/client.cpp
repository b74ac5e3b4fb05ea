#include <webtool/redis/client.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

#include "redis/check_options.hpp"
#include "redis/connections.hpp"

namespace webtool::redis {
namespace asio = boost::asio;
using boost::system::error_code;
namespace {

// All arguments by value: the caller's command need not live until the coroutine starts. The state
// owns the endpoint.
awaitable<result<Reply>> perform(std::shared_ptr<ClientState> state, const Endpoint* server,
                                 std::string wire, Retry retry) {
  const Executor executor = co_await asio::this_coro::executor;
  const std::shared_ptr<Connection> connection = connection_of(executor, state, *server);
  if (!connection) co_return Error::closed;

  Observer* const observer = state->options->observer.get();
  const Time now = std::chrono::steady_clock::now();
  if (const auto reason = connection->refuse(now, wire.size())) {
    if (observer) observer->store_asked(*reason, {});
    co_return *reason;
  }

  Pending request;
  request.wire = std::move(wire);
  request.deadline = now + state->options->command_timeout;
  request.retry = retry;
  auto operation = connection->async_perform(request, now);
  co_await std::move(operation);
  if (request.outcome.has_error() && request.outcome.error() == asio::error::operation_aborted) {
    throw boost::system::system_error(request.outcome.error());
  }
  if (observer) {
    const auto error = request.outcome.has_error() ? request.outcome.error() : error_code();
    observer->store_asked(error, std::chrono::steady_clock::now() - now);
  }
  co_return std::move(request.outcome);
}

Command call(std::string_view name, std::string_view script, std::span<const std::string_view> keys,
             std::span<const std::string_view> arguments) {
  Command command(name, script, keys.size());
  for (const std::string_view key : keys) command.add(Key(key));
  for (const std::string_view argument : arguments) command.add(argument);
  return command;
}

}  // namespace

Client::Client(Options options)
    : state_(std::make_shared<ClientState>(checked(std::move(options)))) {}

Client::~Client() {
  close_connections(state_);
}

const Options& Client::options() const noexcept {
  return *state_->options;
}

std::string Client::words_of(const boost::system::error_code& error) const {
  return state_->complaints->words_of(error);
}

awaitable<result<Reply>> Client::execute(const Command& command, Retry retry) {
  return perform(state_, &state_->server_of(command.key()), command.encode(), retry);
}

awaitable<result<Reply>> Client::evaluate(const Script& script,
                                          std::span<const std::string_view> keys,
                                          std::span<const std::string_view> arguments,
                                          Retry retry) {
  const std::shared_ptr<ClientState> state = state_;
  const Endpoint* const server = &state->server_of(keys.empty() ? std::string_view() : keys[0]);
  result<Reply> reply = co_await perform(
      state, server, call("EVALSHA", script.sha1(), keys, arguments).encode(), retry);
  if (reply.has_error() && reply.error() == Error::no_script) {
    reply = co_await perform(state, server, call("EVAL", script.source(), keys, arguments).encode(),
                             retry);
  }
  co_return reply;
}

awaitable<void> Client::aclose() {
  const Executor executor = co_await asio::this_coro::executor;
  const std::shared_ptr<Connection> mine = connection_of(executor, state_, state_->server_of({}));
  close_connections(state_);
  if (mine) mine->close();
}

}  // namespace webtool::redis
