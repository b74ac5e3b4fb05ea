// Sessions on Redis beside redis-benchmark running the same script and the same look-up; and whole
// operations of the token services, signature and all.
#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/in_memory_cache.hpp>
#include <webtool/cache/redis_cache.hpp>

#include <lua/session_rotate.hpp>

#include "auth/session_record.hpp"
#include "redis_peer.hpp"

using namespace webtool;
using namespace webtool::bench;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view subject = "123";

// Presented and next issue are the same one, so that the same call rotates every time, as often as
// it is made, and goes the whole way: redis-benchmark cannot change its arguments.
auth::Session make_session() {
  auth::Session session;
  session.id = std::string(16, 'a');
  session.refresh = std::string(16, '1');
  session.claims = std::string(16, 'c');
  session.created = session.rotated = system_now();
  session.expires = session.created + 1h;
  return session;
}

std::string micros(std::chrono::microseconds time) {
  return std::to_string(time.count());
}

Operation rotate(const auth::Session& session) {
  auth::Rotation rotation{};
  rotation.session = session.id;
  rotation.presented.refresh = auth::Id(session.refresh);
  rotation.next = session.refresh;
  rotation.rotated = session.created;
  rotation.now = session.created;
  rotation.expires = session.expires;
  rotation.max_age = 24h;
  rotation.claims = session.claims;
  const auto prepare = [rotation](cache::RedisCache& cache) -> Work {
    const std::shared_ptr<auth::SessionStore> store = auth::make_session_store(cache);
    return [store, rotation]() -> awaitable<bool> {
      const auto rotated = co_await store->rotate(subject, rotation);
      co_return rotated.has_value();
    };
  };
  const redis::Script script{lua::session_rotate};
  return {
      "rotate",
      prepare,
      {"EVALSHA", script.sha1(), "1", auth::session_key(subject),
       micros(rotation.now.time_since_epoch()), session.id, session.refresh, "0", session.refresh,
       micros(rotation.rotated.time_since_epoch()), micros(rotation.expires.time_since_epoch()),
       micros(rotation.max_age), "0", std::string(rotation.claims)}};
}

Operation check(const auth::Session& session) {
  const auto prepare = [&session](cache::RedisCache& cache) -> Work {
    const std::shared_ptr<auth::SessionStore> store = auth::make_session_store(cache);
    return [store, &session]() -> awaitable<bool> {
      const auto check =
          store->check_of(subject, session.id, {auth::Id(session.refresh), {}}, session.created);
      const auto found = co_await store->find(check);
      co_return found.has_value();
    };
  };
  return {"session check", prepare, {"HGET", auth::session_key(subject), session.id}};
}

// Whole operations a second of a service, by so many coroutines on one thread.
void measure_service(const std::string& name, auth::BaseJWTService& service,
                     cache::BaseCache& cache, int in_flight, int total) {
  boost::asio::io_context context(1);
  int left = 0;
  int running = 0;
  int subject_number = 0;
  const auto timed = [&](auto work) {
    left = total;
    running = in_flight;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < in_flight; ++i)
      boost::asio::co_spawn(context, work(), [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
    context.restart();
    while (running > 0) context.run_one();
    return total / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const auto create = [&]() -> awaitable<void> {
    while (left-- > 0) {
      // A subject each, so that nobody has more sessions than they may.
      const auth::Grant user(std::to_string(left));
      co_await service.create_token(user);
    }
    --running;
  };
  const auto validate = [&]() -> awaitable<void> {
    const auth::Grant user("validated");
    const auto pair = co_await service.create_token(user);
    while (left-- > 0) {
      const auto claims = co_await service.validate_access_token(pair.access);
      if (claims.has_error()) throw std::runtime_error("validate_access_token failed");
    }
    --running;
  };
  const auto update = [&]() -> awaitable<void> {
    const auth::Grant user("updated" + std::to_string(subject_number++));
    auto pair = co_await service.create_token(user);
    while (left-- > 0) {
      auto next = co_await service.update_token(user, pair.refresh);
      if (next.has_error()) throw std::runtime_error("update_token failed");
      pair = *next;
    }
    --running;
  };
  const double created = timed(create);
  const double validated = timed(validate);
  const double updated = timed(update);
  fmt::print("{:<34}{:>10}{:>14.0f}{:>14.0f}{:>14.0f}\n", name, in_flight, created, validated,
             updated);
  std::fflush(stdout);
  boost::asio::co_spawn(context, cache.aclose(), [&](std::exception_ptr) { running = -1; });
  while (running == 0) context.run_one();
}

auth::JWTServiceOptions options(const jose::Key& key) {
  auth::JWTServiceOptions options;
  options.secret_key = key;
  options.max_sessions = 1000;
  return options;
}

void measure_services(const test::RedisServer& server, const std::string& algorithm,
                      const jose::Key& key) {
  {
    cache::InMemoryCache memory;
    auth::JWTService service(memory, options(key));
    measure_service("JWTService, memory, " + algorithm, service, memory, 1, 20'000);
  }
  for (const int in_flight : {1, 50}) {
    cache::RedisCache redis(server.url());
    auth::RedisJWTService service(redis, options(key));
    measure_service("RedisJWTService, " + algorithm, service, redis, in_flight, 10'000);
  }
}

}  // namespace

int main() {
  test::RedisServer server;
  const auto session = make_session();
  server.command({"HSET", auth::session_key(subject), session.id, auth::pack(session)});
  server.command({"SCRIPT", "LOAD", std::string(lua::session_rotate)});

  print_redis_heading();
  for (const auto& operation : {rotate(session), check(session)}) {
    compare(server, operation, 1, 1, 1, 20'000);
    compare(server, operation, 50, 1, 50, 100'000);
    compare(server, operation, 1000, 20, 50, 200'000);
  }

  fmt::print("\n{:<34}{:>10}{:>14}{:>14}{:>14}\n", "operations a second", "in flight", "create",
             "validate", "update");
  measure_services(server, "HS256", jose::Key::generate_symmetric(32));
  measure_services(server, "EdDSA", jose::Key::generate(jose::KeyType::ed25519));
}
