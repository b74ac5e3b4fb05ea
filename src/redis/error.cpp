#include <webtool/redis/error.hpp>

#include <string>

namespace webtool::redis {
namespace {

class Category final : public boost::system::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "webtool.redis"; }

  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<Error>(value)) {
      case Error::connect_failed:
        return "no connection to the Redis server";
      case Error::breaker_open:
        return "the Redis server failed repeatedly, so the command was not sent";
      case Error::queue_full:
        return "too many Redis commands are in progress";
      case Error::loading:
        return "the Redis server is loading its data set";
      case Error::read_only:
        return "the Redis server is a read-only replica";
      case Error::out_of_memory:
        return "the Redis server is out of memory";
      case Error::moved:
        return "the key is on another Redis Cluster node";
      case Error::ask:
        return "the key is moving to another Redis Cluster node";
      case Error::try_again:
        return "the keys are moving between Redis Cluster nodes";
      case Error::master_down:
        return "the Redis replica has lost its master";
      case Error::no_replicas:
        return "the Redis server has too few replicas to write";
      case Error::max_clients:
        return "the Redis server accepts no more connections";
      case Error::cluster_down:
        return "the Redis Cluster cannot serve the key now";
      case Error::cross_slot:
        return "the keys of one command are in different Redis Cluster slots";
      case Error::no_script:
        return "the Redis server does not know the script";
      case Error::no_permission:
        return "the Redis server denied permission";
      case Error::busy:
        return "the Redis server is busy running a script";
      case Error::wrong_type:
        return "the Redis key has a value of another type";
      case Error::server_error:
        return "the Redis server replied with an error";
      case Error::timeout:
        return "no reply from the Redis server in time";
      case Error::connection_lost:
        return "the connection to the Redis server ended before the reply";
      case Error::protocol_error:
        return "the Redis server sent a reply that is malformed or too large";
      case Error::closed:
        return "the Redis client was closed";
    }
    return "unknown Redis error";
  }
};

}  // namespace

const boost::system::error_category& redis_category() noexcept {
  static const Category category;
  return category;
}

boost::system::error_code make_error_code(Error error) noexcept {
  return {static_cast<int>(error), redis_category()};
}

bool may_have_run(Error error) noexcept {
  switch (error) {
    case Error::timeout:
    case Error::connection_lost:
    case Error::protocol_error:
    case Error::closed:
      return true;
    default:
      return false;
  }
}

bool has_not_run(Error error) noexcept {
  switch (error) {
    case Error::connect_failed:
    case Error::breaker_open:
    case Error::queue_full:
    case Error::loading:
    case Error::read_only:
    case Error::moved:
    case Error::ask:
    case Error::try_again:
    case Error::cluster_down:
    case Error::master_down:
    case Error::no_replicas:
    case Error::max_clients:
    case Error::no_permission:
    case Error::busy:
      return true;
    default:
      return false;
  }
}

}  // namespace webtool::redis
