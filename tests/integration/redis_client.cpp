// The client against a server that is well.
#include <gtest/gtest.h>

#include <string>

#include <webtool/redis/client.hpp>

#include "integration/redis_run.hpp"
#include "support/redis_server.hpp"

namespace webtool::redis {
namespace {

namespace asio = boost::asio;
using test::RedisServer;
using test::run;

TEST(RedisClient, SetsAndGets) {
  RedisServer server;
  Client client(server.url());
  asio::io_context context;
  run(context, [&]() -> awaitable<void> {
    Command set("SET", "key", std::string_view("a\0b\r\n", 5));
    auto reply = co_await client.execute(set);
    EXPECT_EQ(*reply.value().string(), "OK");
    Command get("GET", "key");
    reply = co_await client.execute(get);
    EXPECT_EQ(*reply.value().string(), std::string("a\0b\r\n", 5));
  });
}

TEST(RedisClient, TenThousandAtOnceGetTheirOwnReplies) {
  RedisServer server;
  Client client(server.url());
  asio::io_context context;
  std::size_t right = 0;
  const auto one = [&](int number) -> awaitable<void> {
    const std::string key = "key" + std::to_string(number);
    Command set("SET", key, number);
    auto stored = co_await client.execute(set);
    Command get("GET", key);
    auto reply = co_await client.execute(get);
    right += *reply.value().string() == std::to_string(number);
    if (right == 10'000) co_await client.aclose();
  };
  for (int i = 0; i < 10'000; ++i) {
    asio::co_spawn(context, one(i), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  }
  context.run();
  EXPECT_EQ(right, 10'000U);
}

}  // namespace
}  // namespace webtool::redis
