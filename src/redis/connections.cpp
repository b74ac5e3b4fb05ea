#include "redis/connections.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace webtool::redis {
namespace asio = boost::asio;
namespace {

class Connections : public asio::execution_context::service {
 public:
  static inline asio::execution_context::id id;

  explicit Connections(asio::execution_context& context) : service(context) {}

  std::shared_ptr<Connection> get(const Executor& executor,
                                  const std::shared_ptr<ClientState>& client,
                                  const Endpoint& endpoint) {
    auto& entry = entries_[client.get()];
    for (const auto& [known, connection] : entry.links)
      if (known == &endpoint) return connection;

    const std::lock_guard lock(client->mutex);
    if (client->closed) {
      if (entry.links.empty()) entries_.erase(client.get());
      return nullptr;
    }
    entry.client = client;
    auto& names = client->names[endpoint.host];
    if (!names) names = std::make_shared<Names>(endpoint.host);
    auto connection = std::make_shared<Connection>(executor, client->options, endpoint, client->tls,
                                                   names, client->complaints);
    // In this order, so that after an exception every entry has its client and every connection has
    // an entry.
    entry.links.emplace_back(&endpoint, connection);
    client->connections.push_back(connection);
    return connection;
  }

  void close(const ClientState* client) {
    const auto known = entries_.find(client);
    if (known == entries_.end()) return;
    const Entry entry = std::move(known->second);
    entries_.erase(known);
    entry.leave();
    for (const auto& [endpoint, connection] : entry.links) connection->close();
  }

 private:
  // The connections of a client on this io_context: one for each endpoint, usually one in total.
  struct Entry {
    std::shared_ptr<ClientState> client{};
    std::vector<std::pair<const Endpoint*, std::shared_ptr<Connection>>> links{};

    void leave() const {
      const std::lock_guard lock(client->mutex);
      for (const auto& [endpoint, connection] : links) std::erase(client->connections, connection);
    }
  };

  void shutdown() override {
    for (const auto& [client, entry] : std::exchange(entries_, {})) {
      entry.leave();
      for (const auto& [endpoint, connection] : entry.links) connection->abandon();
    }
  }

  std::unordered_map<const ClientState*, Entry> entries_;
};

}  // namespace

ClientState::ClientState(Options given)
    : options(std::make_shared<const Options>(std::move(given))),
      tls(make_tls_context(*options)),
      endpoint(endpoint_of(*options)) {}

std::shared_ptr<Connection> connection_of(const Executor& executor,
                                          const std::shared_ptr<ClientState>& client,
                                          const Endpoint& endpoint) {
  if (client->closed.load(std::memory_order_relaxed)) return nullptr;
  return asio::use_service<Connections>(executor.context()).get(executor, client, endpoint);
}

void close_connections(const std::shared_ptr<ClientState>& client) {
  // The mutex keeps the io_contexts alive: the service of an io_context takes the mutex before the
  // io_context ends.
  const std::lock_guard lock(client->mutex);
  client->closed = true;
  for (const auto& connection : client->connections) {
    const Executor executor = connection->executor();
    asio::post(executor, [executor, client] {
      asio::use_service<Connections>(executor.context()).close(client.get());
    });
  }
}

}  // namespace webtool::redis
