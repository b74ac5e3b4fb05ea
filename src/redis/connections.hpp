// Maps a client, an endpoint and an io_context to a connection. The client and the io_context may
// end in any order.
//
// An io_context owns its connections through an Asio service, which drops them before the
// io_context ends. A client knows all of its connections, so that it can close each one on the
// thread of its io_context.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/core/awaitable.hpp>
#include <webtool/redis/options.hpp>

#include "redis/connection.hpp"

namespace webtool::redis {

/// The state that the connections of one client share. Only making and closing a connection takes
/// the mutex.
struct ClientState {
  explicit ClientState(Options given);

  const std::shared_ptr<const Options> options;
  const std::shared_ptr<boost::asio::ssl::context> tls;
  const std::shared_ptr<Complaints> complaints = std::make_shared<Complaints>();
  std::atomic<bool> closed = false;
  const Endpoint endpoint;  ///< the endpoint in the options

  /// Returns the server that has `key`, or any server for an empty key. The server of the options
  /// has all keys.
  [[nodiscard]] const Endpoint& server_of(std::string_view /*key*/) const { return endpoint; }

  std::mutex mutex;
  std::vector<std::shared_ptr<Connection>> connections;  ///< of living io_contexts
  std::map<std::string, std::shared_ptr<Names>> names;   ///< by host
};

/// Returns the client's connection to that endpoint on that io_context. Makes it on first use.
/// `endpoint` is an object of `client`, and its address tells it from others: comparing texts for
/// each command would take as long as finding the client.
/// Returns null if the client is closed. Call it on the io_context's thread.
[[nodiscard]] std::shared_ptr<Connection> connection_of(const Executor& executor,
                                                        const std::shared_ptr<ClientState>& client,
                                                        const Endpoint& endpoint);

/// Refuses new commands and makes every io_context close its connections. From any thread.
void close_connections(const std::shared_ptr<ClientState>& client);

}  // namespace webtool::redis
