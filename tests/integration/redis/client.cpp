// The client against a server that is well.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

#include <webtool/redis/client.hpp>

#include "support/redis_ask.hpp"
#include "support/redis_server.hpp"

namespace webtool::redis {
namespace {

using test::ask;
using test::Loop;
using test::patient;
using test::RedisServer;
using test::show;

struct RedisClient : testing::Test {
  RedisServer server;
  Loop loop;
};

TEST_F(RedisClient, CarriesAnyBytes) {
  Client client(patient(server.url()));
  const std::string bytes("a\0b\r\n\xff$", 7);
  EXPECT_EQ(show(ask(loop, client, Command("SET", bytes, bytes))), "OK");
  EXPECT_EQ(show(ask(loop, client, Command("GET", bytes))), bytes);
  EXPECT_TRUE(ask(loop, client, Command("GET", "absent")).value().is_nil());
  EXPECT_EQ(show(ask(loop, client, Command("INCRBY", "n", -7))), "-7");
  EXPECT_EQ(ask(loop, client, Command("LRANGE", bytes, 0, 1)).error(), Error::wrong_type);
  EXPECT_EQ(ask(loop, client, Command("NOSUCH")).error(), Error::server_error);
}

TEST_F(RedisClient, CarriesLargeValues) {
  Client client(patient(server.url()));
  const std::string value(20'000'000, 'x');
  EXPECT_EQ(show(ask(loop, client, Command("SET", "key", value))), "OK");
  EXPECT_TRUE(show(ask(loop, client, Command("GET", "key"))) == value);
}

TEST_F(RedisClient, ReadsTheDeepestReplyOfTheServer) {
  Client client(patient(server.url()));
  const auto depth = [](const auto& self, const Reply& reply) -> std::size_t {
    std::size_t most = 0;
    if (reply.array() == nullptr) return most;
    for (const Reply& item : *reply.array()) most = std::max(most, self(self, item));
    return most + 1;
  };
  const auto reply = ask(loop, client, Command("COMMAND", "DOCS"));
  ASSERT_TRUE(reply.has_value()) << reply.error().message();
  EXPECT_GT(depth(depth, reply.value()), 7U);
}

TEST_F(RedisClient, TenThousandAtOnceGetTheirOwnReplies) {
  Client client(patient(server.url()));
  std::size_t right = 0;
  const auto one = [&](int number) -> awaitable<void> {
    const std::string key = "key" + std::to_string(number);
    const Command set("SET", key, number);
    (void)co_await client.execute(set);
    const Command get("GET", key);
    const auto reply = co_await client.execute(get);
    right += show(reply) == std::to_string(number);
    if (right == 10'000) co_await client.aclose();
  };
  for (int i = 0; i < 10'000; ++i) loop.spawn(one(i));
  loop.run_to_end();
  EXPECT_EQ(right, 10'000U);
}

TEST_F(RedisClient, UsesOneConnectionPerIoContext) {
  Client client(patient(server.url()));
  const auto id = show(ask(loop, client, Command("CLIENT", "ID")));
  EXPECT_EQ(show(ask(loop, client, Command("CLIENT", "ID"))), id);
  Loop other;
  EXPECT_NE(show(ask(other, client, Command("CLIENT", "ID"))), id);
  Client another(patient(server.url()));
  EXPECT_NE(show(ask(loop, another, Command("CLIENT", "ID"))), id);
}

TEST_F(RedisClient, ServesManyThreads) {
  constexpr int threads = 4;
  constexpr int coroutines = 50;
  constexpr int commands = 20;
  Client client(patient(server.url()));
  std::atomic<int> right = 0;
  const auto work = [&](int thread) {
    Loop own;
    int left = coroutines;
    const auto one = [&](int number) -> awaitable<void> {
      for (int i = 0; i < commands; ++i) {
        const std::string text =
            std::to_string(thread) + '.' + std::to_string(number) + '.' + std::to_string(i);
        const Command echo("ECHO", text);
        const auto reply = co_await client.execute(echo);
        right += show(reply) == text;
      }
      --left;
    };
    for (int i = 0; i < coroutines; ++i) own.spawn(one(i));
    own.run_until([&] { return left == 0; });
  };
  std::vector<std::jthread> pool;
  for (int i = 0; i < threads; ++i) pool.emplace_back(work, i);
  pool.clear();
  EXPECT_EQ(right, threads * coroutines * commands);
}

TEST_F(RedisClient, RunsScriptsTheServerDoesNotKnow) {
  Client client(patient(server.url()));
  const Script script("return {KEYS[1], KEYS[2], ARGV[1]}");
  const std::array<std::string_view, 2> keys{"a", "b"};
  const std::array<std::string_view, 1> arguments{"c"};
  const auto evaluate = [&]() -> awaitable<void> {
    const auto reply = co_await client.evaluate(script, keys, arguments);
    const Reply::Array& items = *reply.value().array();
    EXPECT_EQ(*items.at(0).string() + *items.at(1).string() + *items.at(2).string(), "abc");
  };
  loop.run(evaluate());
  server.command({"SCRIPT", "FLUSH"});
  loop.run(evaluate());
  // From now on the digest is enough.
  server.command({"CONFIG", "RESETSTAT"});
  loop.run(evaluate());
  const std::string stats = *server.command({"INFO", "commandstats"}).string();
  EXPECT_NE(stats.find("cmdstat_evalsha:calls=1"), std::string::npos) << stats;
  EXPECT_EQ(stats.find("cmdstat_eval:"), std::string::npos) << stats;
}

TEST_F(RedisClient, TellsItsName) {
  Client client(patient(server.url() + "?client_name=me"));
  EXPECT_EQ(show(ask(loop, client, Command("CLIENT", "GETNAME"))), "me");
}

TEST_F(RedisClient, SelectsTheDatabase) {
  Client third(patient(server.url() + "/3"));
  ask(loop, third, Command("SET", "key", "three"));
  Client first(patient(server.url()));
  EXPECT_EQ(show(ask(loop, first, Command("GET", "key"))), "nil");
  server.command({"SELECT", "3"});
  EXPECT_EQ(*server.command({"GET", "key"}).string(), "three");
}

TEST_F(RedisClient, ADatabaseThatIsNotThereIsNoConnection) {
  Client client(patient(server.url() + "/99"));
  EXPECT_EQ(ask(loop, client, Command("PING")).error(), Error::connect_failed);
}

TEST_F(RedisClient, SpeaksOverAUnixSocket) {
  Client client(patient("unix://" + server.unix_socket() + "?db=2"));
  EXPECT_EQ(show(ask(loop, client, Command("SET", "key", "value"))), "OK");
  EXPECT_EQ(show(ask(loop, client, Command("GET", "key"))), "value");
}

TEST_F(RedisClient, FindsTheServerByName) {
  Client client(patient("redis://localhost:" + std::to_string(server.port())));
  EXPECT_EQ(show(ask(loop, client, Command("PING"))), "PONG");
}

TEST(RedisClientAccess, AuthenticatesByPassword) {
  RedisServer server({"--requirepass", "open:sesame"});
  const std::string address = "@127.0.0.1:" + std::to_string(server.port());
  Loop loop;
  Client right(patient("redis://:open%3Asesame" + address + "/1"));
  EXPECT_EQ(show(ask(loop, right, Command("PING"))), "PONG");
  Client wrong(patient("redis://:close" + address));
  EXPECT_EQ(ask(loop, wrong, Command("PING")).error(), Error::connect_failed);
  Client none(patient("redis://" + address.substr(1)));
  EXPECT_EQ(ask(loop, none, Command("PING")).error(), Error::connect_failed);
}

TEST(RedisClientAccess, AuthenticatesAsAnAclUser) {
  RedisServer server;
  server.command({"ACL", "SETUSER", "ann", "on", ">secret", "~own:*", "+get", "+set"});
  const std::string address = "@127.0.0.1:" + std::to_string(server.port());
  Loop loop;
  Client client(patient("redis://ann:secret" + address));
  EXPECT_EQ(show(ask(loop, client, Command("SET", "own:key", "value"))), "OK");
  EXPECT_EQ(ask(loop, client, Command("GET", "other")).error(), Error::no_permission);
  EXPECT_EQ(ask(loop, client, Command("FLUSHALL")).error(), Error::no_permission);
  Client stranger(patient("redis://bob:secret" + address));
  EXPECT_EQ(ask(loop, stranger, Command("GET", "own:key")).error(), Error::connect_failed);
}

TEST(RedisClientCluster, SaysThatTheKeysAreInDifferentSlots) {
  RedisServer server({}, RedisServer::Mode::cluster);
  Loop loop;
  Client client(patient(server.url()));
  EXPECT_EQ(show(ask(loop, client, Command("MSET", "{x}a", 1, "{x}b", 2))), "OK");
  EXPECT_EQ(ask(loop, client, Command("MGET", "a", "b")).error(), Error::cross_slot);
}

}  // namespace
}  // namespace webtool::redis
