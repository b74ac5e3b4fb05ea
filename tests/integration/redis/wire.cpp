// The client against servers that speak badly, and replies that get lost on their way.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include <webtool/redis/client.hpp>

#include "redis/reply_reader.hpp"
#include "support/lossy_proxy.hpp"
#include "support/redis_ask.hpp"
#include "support/redis_peer.hpp"
#include "support/redis_server.hpp"

namespace webtool::redis {
namespace {

using namespace std::chrono_literals;

using test::ask;
using test::ask_until;
using test::impatient;
using test::Loop;
using test::LossyProxy;
using test::patient;
using test::Peer;
using test::RedisServer;
using test::show;
using Talk = Peer::Talk;

const Command ping("PING");

void behave(Talk& talk) {
  while (!talk.read().empty()) talk.write("+PONG\r\n");
}

/// The outcome of a command whose first connection goes as `script` says. Whatever it does, the
/// next connection works.
std::string first_outcome(const std::function<void(Talk&)>& script, const std::string& more = "") {
  Peer peer([&](Talk& talk, int number) { number == 0 ? script(talk) : behave(talk); });
  Loop loop;
  Options options = patient(peer.url() + more);
  options.max_reply_size = 10'000;
  options.reconnect_delay_min = options.reconnect_delay_max = 1ms;
  Client client(options);
  const std::string outcome = show(ask(loop, client, ping));
  EXPECT_EQ(show(ask(loop, client, ping)), "PONG");
  return outcome;
}

TEST(RedisWire, AReplyInSingleBytes) {
  const auto outcome = first_outcome([](Talk& talk) {
    talk.read();
    for (const char byte : std::string("$5\r\nhe\r\no\r\n")) talk.write({&byte, 1});
    behave(talk);
  });
  EXPECT_EQ(outcome, "he\r\no");
}

TEST(RedisWire, HalfAReply) {
  const auto outcome = first_outcome([](Talk& talk) {
    talk.read();
    talk.write("$5\r\nhe");
  });
  EXPECT_EQ(outcome, show(Error::connection_lost));
}

TEST(RedisWire, NoReplyAndTheConnectionEnds) {
  EXPECT_EQ(first_outcome([](Talk& talk) { talk.read(); }), show(Error::connection_lost));
}

TEST(RedisWire, AnotherProtocol) {
  const auto outcome = first_outcome([](Talk& talk) {
    talk.read();
    talk.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    talk.hang();
  });
  EXPECT_EQ(outcome, show(Error::protocol_error));
}

TEST(RedisWire, HostileLengths) {
  std::string nested;
  for (std::size_t i = 0; i <= ReplyReader::max_depth; ++i) nested += "*1\r\n";
  for (const std::string& reply :
       {std::string("*2147483647\r\n"), std::string("*2000\r\n*2000\r\n"), std::string("$-7\r\n"),
        std::string("$9223372036854775807\r\n"), nested}) {
    const auto outcome = first_outcome([&](Talk& talk) {
      talk.read();
      talk.write(reply);
      talk.hang();
    });
    EXPECT_EQ(outcome, show(Error::protocol_error)) << reply;
  }
}

TEST(RedisWire, ANewerProtocol) {
  for (const char* reply : {"%1\r\n+a\r\n+b\r\n", "_\r\n", "#t\r\n", ">1\r\n+a\r\n"}) {
    const auto outcome = first_outcome([&](Talk& talk) {
      talk.read();
      talk.write(reply);
      talk.hang();
    });
    EXPECT_EQ(outcome, show(Error::protocol_error)) << reply;
  }
}

TEST(RedisWire, AReplyWithoutEnd) {
  const auto outcome = first_outcome([](Talk& talk) {
    talk.read();
    talk.write('+' + std::string(20'000, 'x'));
    talk.hang();
  });
  EXPECT_EQ(outcome, show(Error::protocol_error));
}

TEST(RedisWire, OneReplyTooMany) {
  const auto outcome = first_outcome([](Talk& talk) {
    talk.read();
    talk.write("+one\r\n+two\r\n");
    talk.hang();
  });
  EXPECT_EQ(outcome, "one");
}

TEST(RedisWire, AnErrorReplyIsNotAnEnd) {
  const auto outcome = first_outcome([](Talk& talk) {
    talk.read();
    talk.write("-LOADING Redis is loading the dataset in memory\r\n");
    behave(talk);
  });
  EXPECT_EQ(outcome, show(Error::loading));
}

TEST(RedisWire, ASilentServer) {
  Peer peer([](Talk& talk, int) { talk.hang(); });
  Loop loop;
  Client client(impatient(peer.url()));
  EXPECT_EQ(ask(loop, client, ping).error(), Error::timeout);
  ask_until(loop, client, ping, [](const auto& outcome) {
    return outcome.has_error() && outcome.error() == Error::breaker_open;
  });
}

TEST(RedisWire, AServerThatOnlyHangsUp) {
  Peer peer([](Talk&, int) {});
  Loop loop;
  Client client(impatient(peer.url()));
  ask_until(loop, client, ping, [](const auto& outcome) {
    return outcome.has_error() && outcome.error() == Error::breaker_open;
  });
}

TEST(RedisWire, AHandshakeThatFails) {
  for (const char* reply : {"-ERR invalid DB index\r\n", "nonsense\r\n", ""}) {
    Peer peer([&](Talk& talk, int) {
      talk.read();
      talk.write(reply);
      if (*reply == '\0') talk.hang();
    });
    Loop loop;
    Client client(impatient(peer.url() + "&db=1"));
    EXPECT_EQ(ask(loop, client, ping).error(), Error::connect_failed) << reply;
  }
}

TEST(RedisWire, ALostReplyIsReportedAndTheCommandNotSentAgain) {
  RedisServer server;
  LossyProxy proxy(server.port());
  proxy.arm(1, true);
  Loop loop;
  Client client(patient(proxy.url()));
  EXPECT_EQ(ask(loop, client, Command("INCR", "n")).error(), Error::connection_lost);
  EXPECT_EQ(*server.command({"GET", "n"}).string(), "1");
  EXPECT_EQ(show(ask(loop, client, Command("INCR", "n"))), "2");
}

TEST(RedisWire, AnIdempotentCommandIsSentAgain) {
  RedisServer server;
  LossyProxy proxy(server.port());
  proxy.arm(1, true);
  Loop loop;
  Client client(patient(proxy.url()));
  // INCR is not idempotent, which shows here that it went twice.
  EXPECT_EQ(show(loop.run(client.execute(Command("INCR", "n"), Retry::if_idempotent))), "2");
}

}  // namespace
}  // namespace webtool::redis
