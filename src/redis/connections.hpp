// Which connection belongs to which client, endpoint and io_context, and how client and io_context
// may go first.
//
// An io_context owns the connections made on it, by an Asio service that drops them before the
// io_context is gone. A client knows all of its connections, so that its end can close each on the
// thread it belongs to.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <webtool/core/awaitable.hpp>
#include <webtool/redis/options.hpp>

#include "redis/connection.hpp"

namespace webtool::redis {

/// What the connections of one client share. Only making and closing them takes the mutex.
struct ClientState {
  explicit ClientState(Options given);

  const std::shared_ptr<const Options> options;
  const std::shared_ptr<boost::asio::ssl::context> tls;
  const std::shared_ptr<Complaints> complaints = std::make_shared<Complaints>();
  std::atomic<bool> closed = false;
  const Endpoint endpoint;  ///< that the options name
  std::mutex mutex;
  std::vector<std::shared_ptr<Connection>> connections;  ///< of living io_contexts
  std::map<std::string, std::shared_ptr<Names>> names;   ///< by host
};

/// The client's connection to that endpoint on that io_context, made on first use; null if the
/// client is closed. To be called on the io_context's thread.
[[nodiscard]] std::shared_ptr<Connection> connection_of(const Executor& executor,
                                                        const std::shared_ptr<ClientState>& client,
                                                        const Endpoint& endpoint);

/// Refuses new commands, and has every io_context close its connection. From any thread.
void close_connections(const std::shared_ptr<ClientState>& client);

}  // namespace webtool::redis
