// Names of servers, by a resolver that does what the test says: this program's own getaddrinfo
// stands in front of the system's.
#include <gtest/gtest.h>

#include <netdb.h>
#include <netinet/in.h>

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

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

/// What the resolver does, and how often it was asked.
class Resolver {
 public:
  /// Nobody gets an answer from now on.
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  void go_on(int code = 0) {
    const std::lock_guard lock(mutex_);
    stopped_ = false;
    code_ = code;
    changed_.notify_all();
  }
  int answer() {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !stopped_; });
    ++answered_;
    changed_.notify_all();
    return code_;
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  void wait_until_asked(int times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_ >= times; });
  }
  void wait_until_idle() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_ == answered_; });
  }
  void start_anew() {
    const std::lock_guard lock(mutex_);
    asked_ = answered_ = code_ = 0;
    stopped_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  int code_ = 0;
  int asked_ = 0;
  int answered_ = 0;
};
Resolver& resolver = *new Resolver;  // its threads may outlive main

}  // namespace
}  // namespace webtool::redis

extern "C" int getaddrinfo(const char*, const char*, const addrinfo*, addrinfo** found) {
  if (const int code = webtool::redis::resolver.answer(); code != 0) return code;
  struct Entry {
    addrinfo info;
    sockaddr_in address;
  };
  auto* entry = static_cast<Entry*>(std::calloc(1, sizeof(Entry)));
  entry->address.sin_family = AF_INET;
  entry->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  entry->info.ai_family = AF_INET;
  entry->info.ai_addrlen = sizeof entry->address;
  entry->info.ai_addr = reinterpret_cast<sockaddr*>(&entry->address);
  *found = &entry->info;
  return 0;
}

extern "C" void freeaddrinfo(addrinfo* entry) {
  std::free(entry);
}

namespace webtool::redis {
namespace {

struct RedisNames : testing::Test {
  RedisNames() { resolver.start_anew(); }
  ~RedisNames() override {
    resolver.go_on();
    resolver.wait_until_idle();
  }

  std::string url() const { return "redis://redis.test:" + std::to_string(server.port()); }

  RedisServer server;
  const Command ping{"PING"};
};

TEST_F(RedisNames, AreAskedOfTheSystem) {
  Loop loop;
  Client client(patient(url()));
  EXPECT_EQ(show(ask(loop, client, ping)), "PONG");
  EXPECT_EQ(show(ask(loop, client, ping)), "PONG");
  EXPECT_EQ(resolver.asked(), 1);
}

TEST_F(RedisNames, ThatDoNotExistFailAtOnce) {
  for (const int code : {EAI_NONAME, EAI_AGAIN, EAI_FAIL}) {
    resolver.go_on(code);
    Loop loop;
    Client client(patient(url()));
    EXPECT_EQ(ask(loop, client, ping).error(), Error::connect_failed);
    EXPECT_NE(client.words_of(Error::connect_failed), "");
  }
}

TEST_F(RedisNames, AResolverWithoutAnswerIsATimeout) {
  resolver.stop();
  Loop loop;
  Client client(impatient(url()));
  EXPECT_EQ(ask(loop, client, ping).error(), Error::connect_failed);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(ask(loop, client, ping).has_error());
  // However often one tries, there is one thread.
  EXPECT_EQ(resolver.asked(), 1);
  resolver.go_on();
  test::ask_until(loop, client, ping, [](const auto& outcome) { return outcome.has_value(); });
}

// Nobody waits for the resolver: this test would never end.
TEST_F(RedisNames, AnEventLoopEndsWhileTheResolverIsSilent) {
  resolver.stop();
  for (int i = 0; i < 3; ++i) {
    Client client(patient(url()));
    {
      Loop loop;
      loop.spawn([&]() -> awaitable<void> { (void)co_await client.execute(ping); });
      while (resolver.asked() <= i) loop.poll();
    }
  }
}

TEST_F(RedisNames, AClientClosesWhileTheResolverIsSilent) {
  resolver.stop();
  Loop loop;
  Client client(patient(url()));
  std::string outcome;
  const auto asking = [&]() -> awaitable<void> { outcome = show(co_await client.execute(ping)); };
  loop.spawn(asking());
  while (resolver.asked() == 0) loop.poll();
  loop.run(client.aclose());
  loop.run_to_end();  // nothing is left to do
  EXPECT_EQ(outcome, show(Error::closed));
}

TEST_F(RedisNames, AnAnswerThatComesTooLateDoesNoHarm) {
  resolver.stop();
  {
    Loop loop;
    Client client(patient(url()));
    loop.spawn([&]() -> awaitable<void> { (void)co_await client.execute(ping); });
    while (resolver.asked() == 0) loop.poll();
  }
  resolver.go_on();
  resolver.wait_until_idle();
  Loop loop;
  Client client(patient(url()));
  EXPECT_EQ(show(ask(loop, client, ping)), "PONG");
}

TEST_F(RedisNames, LoopsOfManyThreadsShareALookup) {
  resolver.stop();
  Client client(patient(url()));
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      Loop loop;
      answered += show(ask(loop, client, ping)) == "PONG";
    });
  resolver.wait_until_asked(1);
  resolver.go_on();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(answered, 8);
  EXPECT_LE(resolver.asked(), 8);
}

}  // namespace
}  // namespace webtool::redis
