#include "redis/connections.hpp"

#include <boost/asio/post.hpp>

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
                                  const std::shared_ptr<ClientState>& client) {
    const auto known = entries_.find(client.get());
    if (known != entries_.end()) return known->second.connection;

    const std::lock_guard lock(client->mutex);
    if (client->closed) return nullptr;
    auto connection = std::make_shared<Connection>(executor, client->options, client->tls,
                                                   client->names, client->complaints);
    client->connections.push_back(connection);
    entries_.emplace(client.get(), Entry{client, connection});
    return connection;
  }

  void close(const ClientState* client) {
    const auto known = entries_.find(client);
    if (known == entries_.end()) return;
    const Entry entry = std::move(known->second);
    entries_.erase(known);
    entry.leave();
    entry.connection->close();
  }

 private:
  struct Entry {
    std::shared_ptr<ClientState> client;
    std::shared_ptr<Connection> connection;

    void leave() const {
      const std::lock_guard lock(client->mutex);
      std::erase(client->connections, connection);
    }
  };

  void shutdown() override {
    for (const auto& [client, entry] : std::exchange(entries_, {})) {
      entry.leave();
      entry.connection->abandon();
    }
  }

  std::unordered_map<const ClientState*, Entry> entries_;
};

}  // namespace

ClientState::ClientState(Options given)
    : options(std::make_shared<const Options>(std::move(given))),
      tls(make_tls_context(*options)),
      names(std::make_shared<Names>(options->host)) {}

std::shared_ptr<Connection> connection_of(const Executor& executor,
                                          const std::shared_ptr<ClientState>& client) {
  if (client->closed.load(std::memory_order_relaxed)) return nullptr;
  return asio::use_service<Connections>(executor.context()).get(executor, client);
}

void close_connections(const std::shared_ptr<ClientState>& client) {
  // An io_context cannot end while we hold the mutex: its service must leave first.
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
