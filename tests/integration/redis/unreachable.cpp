// The client and addresses behind which nobody answers, not yet or never.
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>

#include <sys/socket.h>

#include <array>
#include <string>

#include <webtool/redis/client.hpp>

#include "support/redis_ask.hpp"
#include "support/redis_server.hpp"

namespace webtool::redis {
namespace {

using test::ask;
using test::impatient;
using test::Loop;
using test::patient;
using test::RedisServer;
using test::show;
namespace asio = boost::asio;
using namespace std::chrono_literals;

const Command ping("PING");

TEST(RedisUnreachable, NobodyListens) {
  Loop loop;
  Client client(impatient("redis://127.0.0.1:" + std::to_string(test::free_port())));
  EXPECT_EQ(ask(loop, client, ping).error(), Error::connect_failed);
  test::ask_until(loop, client, ping, [](const result<Reply>& outcome) {
    return outcome.has_error() && outcome.error() == Error::breaker_open;
  });
}

/// An address that swallows everything: nobody accepts, and the queue of those who wait is full.
class BlackHole {
 public:
  explicit BlackHole(std::uint16_t port) {
    acceptor_.open(asio::ip::tcp::v4());
    acceptor_.set_option(asio::ip::tcp::acceptor::reuse_address(true));
    acceptor_.bind({asio::ip::address_v4::loopback(), port});
    acceptor_.listen(0);
    for (auto& waiting : waiting_) {
      waiting.open(asio::ip::tcp::v4());
      waiting.native_non_blocking(true);
      const auto address = acceptor_.local_endpoint();
      // Asio's own connect would wait.
      (void)::connect(waiting.native_handle(), address.data(),
                      static_cast<socklen_t>(address.size()));
    }
  }

 private:
  asio::io_context context_;
  asio::ip::tcp::acceptor acceptor_{context_};
  std::array<asio::ip::tcp::socket, 4> waiting_{
      asio::ip::tcp::socket(context_), asio::ip::tcp::socket(context_),
      asio::ip::tcp::socket(context_), asio::ip::tcp::socket(context_)};
};

TEST(RedisUnreachable, AnAddressThatSwallowsEverythingLeavesTimeForTheNext) {
  RedisServer server({"--bind", "::1"});
  const BlackHole hole(server.port());
  Loop loop;
  Options options = parse_url("redis://localhost:" + std::to_string(server.port()));
  options.connect_timeout = 600ms;
  options.command_timeout = 60s;
  Client client(options);
  EXPECT_EQ(show(ask(loop, client, ping)), "PONG");
}

TEST(RedisUnreachable, OnlyAddressesThatSwallowEverything) {
  const auto port = test::free_port();
  const BlackHole hole(port);
  Loop loop;
  Client client(impatient("redis://127.0.0.1:" + std::to_string(port)));
  EXPECT_EQ(ask(loop, client, ping).error(), Error::connect_failed);
}

TEST(RedisUnreachable, NoSuchSocketFile) {
  Loop loop;
  Client client(impatient("unix:///no/such/redis.sock"));
  EXPECT_EQ(ask(loop, client, ping).error(), Error::connect_failed);
}

TEST(RedisUnreachable, ACommandWaitsForAServerThatComesInTime) {
  RedisServer server;
  Loop loop;
  Options options = patient(server.url());
  options.breaker_failures = 1'000'000;
  options.reconnect_delay_max = 20ms;
  Client client(options);
  server.kill();
  result<Reply> outcome;
  bool asked = false;
  loop.spawn([&]() -> awaitable<void> {
    asked = true;
    outcome = co_await client.execute(ping);
    co_await client.aclose();
  });
  loop.run_until([&] { return asked; });
  loop.poll();
  server.restart();
  loop.run_to_end();
  EXPECT_EQ(show(outcome), "PONG");
}

}  // namespace
}  // namespace webtool::redis
