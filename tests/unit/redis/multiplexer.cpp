#include "redis/multiplexer.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace webtool::redis {
namespace {

using namespace std::chrono_literals;

using Received = Multiplexer::Received;
constexpr Time start{};

Options limits() {
  Options options;
  options.max_in_flight = 100;
  options.max_queued_bytes = 10'000;
  options.max_reply_size = 1000;
  return options;
}

struct RedisMultiplexer : testing::Test {
  Multiplexer commands{limits()};
  std::vector<std::unique_ptr<Request>> requests;

  /// Submits a command whose wire form is `wire`.
  Request& submit(std::string wire, Retry retry = Retry::never, Time deadline = start + 1s) {
    auto request = std::make_unique<Request>();
    request->wire = std::move(wire);
    request->retry = retry;
    request->deadline = deadline;
    requests.push_back(std::move(request));
    commands.submit(*requests.back());
    return *requests.back();
  }

  /// What would go to the socket now.
  std::string send() {
    std::string buffer;
    if (!commands.take_output(buffer)) return "";
    commands.flushed(buffer.size());
    return buffer;
  }

  void answer(std::string_view bytes) { EXPECT_EQ(commands.receive(bytes), Received::replies); }

  /// The outcomes known since the last call, by wire form.
  std::vector<std::string> done() {
    std::vector<std::string> outcomes;
    while (Request* request = commands.next_done()) outcomes.push_back(show(*request));
    return outcomes;
  }

  static std::string show(const Request& request) {
    const auto& outcome = request.outcome;
    if (outcome.has_error()) return request.wire + ": " + outcome.error().message();
    if (const auto* text = outcome.value().string()) return request.wire + "=" + *text;
    return request.wire + "=?";
  }

  static std::string failed(const std::string& wire, Error error) {
    return wire + ": " + make_error_code(error).message();
  }
};

using Texts = std::vector<std::string>;

TEST_F(RedisMultiplexer, AnswersInOrder) {
  commands.connected();
  submit("a");
  submit("b");
  EXPECT_EQ(send(), "ab");
  submit("c");
  EXPECT_EQ(commands.receive("+1\r\n+"), Received::replies);
  EXPECT_EQ(done(), Texts{"a=1"});
  EXPECT_EQ(send(), "c");
  EXPECT_EQ(commands.receive("2\r"), Received::incomplete);
  EXPECT_EQ(commands.receive("\n+3\r\n"), Received::replies);
  EXPECT_EQ(done(), (Texts{"b=2", "c=3"}));
  EXPECT_EQ(commands.size(), 0U);
}

TEST_F(RedisMultiplexer, HoldsCommandsUntilConnected) {
  submit("a");
  submit("b");
  EXPECT_EQ(send(), "");
  commands.connected();
  EXPECT_EQ(send(), "ab");
}

TEST_F(RedisMultiplexer, ErrorRepliesBecomeErrors) {
  commands.connected();
  submit("a");
  submit("b");
  send();
  EXPECT_EQ(commands.receive("-OOM no\r\n*1\r\n-ERR inside\r\n"), Received::replies);
  EXPECT_EQ(done(), (Texts{failed("a", Error::out_of_memory), "b=?"}));
}

TEST_F(RedisMultiplexer, ACancelledCommandLeavesTheOrderIntact) {
  commands.connected();
  submit("a");
  Request& b = submit("b");
  submit("c");
  send();
  commands.cancel(b);
  EXPECT_EQ(b.outcome.error(), boost::asio::error::operation_aborted);
  EXPECT_EQ(done().size(), 1U);
  commands.cancel(b);
  EXPECT_EQ(done().size(), 0U);
  EXPECT_EQ(commands.receive("+1\r\n+2\r\n+3\r\n"), Received::replies);
  EXPECT_EQ(done(), (Texts{"a=1", "c=3"}));
}

TEST_F(RedisMultiplexer, ACommandCancelledWhileHeldIsNeverSent) {
  submit("a");
  Request& b = submit("b");
  submit("c");
  commands.cancel(b);
  commands.connected();
  EXPECT_EQ(send(), "ac");
  answer("+1\r\n+3\r\n");
  EXPECT_EQ(done().size(), 3U);
}

TEST_F(RedisMultiplexer, CancelAfterTheReplyHasNoEffect) {
  commands.connected();
  Request& a = submit("a");
  send();
  answer("+1\r\n");
  commands.cancel(a);
  EXPECT_EQ(done(), Texts{"a=1"});
}

TEST_F(RedisMultiplexer, ALostConnectionFailsWhatWasSent) {
  commands.connected();
  submit("sent");
  send();
  submit("written");
  commands.disconnected();
  submit("held");
  EXPECT_EQ(done(), Texts{failed("sent", Error::connection_lost)});
  commands.connected();
  EXPECT_EQ(send(), "writtenheld");
}

TEST_F(RedisMultiplexer, IdempotentCommandsAreSentAgainInOrder) {
  commands.connected();
  submit("a", Retry::if_idempotent);
  submit("b");
  submit("c", Retry::if_idempotent);
  send();
  EXPECT_EQ(commands.receive("+1\r\n"), Received::replies);
  submit("d");
  commands.disconnected();
  EXPECT_EQ(done(), (Texts{"a=1", failed("b", Error::connection_lost)}));
  commands.connected();
  EXPECT_EQ(send(), "cd");
  answer("+3\r\n+4\r\n");
  EXPECT_EQ(done(), (Texts{"c=3", "d=4"}));
}

TEST_F(RedisMultiplexer, HalfAReplyOfTheOldConnectionIsForgotten) {
  commands.connected();
  submit("a", Retry::if_idempotent);
  send();
  EXPECT_EQ(commands.receive("$5\r\nhal"), Received::incomplete);
  commands.disconnected();
  commands.connected();
  send();
  answer("+whole\r\n");
  EXPECT_EQ(done(), Texts{"a=whole"});
}

TEST_F(RedisMultiplexer, TimesOutAtTheDeadline) {
  commands.connected();
  submit("a", Retry::never, start + 1s);
  submit("b", Retry::never, start + 2s);
  send();
  EXPECT_EQ(commands.next_deadline(), start + 1s);
  EXPECT_EQ(commands.expire(start + 999ms).count, 0U);
  const auto expired = commands.expire(start + 1s);
  EXPECT_EQ(expired.count, 1U);
  EXPECT_TRUE(expired.written);
  EXPECT_EQ(done(), Texts{failed("a", Error::timeout)});
  // A late reply is dropped.
  answer("+late\r\n+2\r\n");
  EXPECT_EQ(done(), Texts{"b=2"});
}

TEST_F(RedisMultiplexer, SaysWhetherATimedOutCommandMayHaveRun) {
  submit("held", Retry::never, start + 1s);
  auto expired = commands.expire(start + 1s);
  EXPECT_EQ(expired.count, 1U);
  EXPECT_FALSE(expired.written);
  EXPECT_EQ(done(), Texts{failed("held", Error::connect_failed)});

  commands.connected();
  submit("sent", Retry::if_idempotent, start + 1s);
  send();
  commands.disconnected();
  EXPECT_FALSE(commands.expire(start + 1s).written);
  EXPECT_EQ(done(), Texts{failed("sent", Error::timeout)});
  EXPECT_EQ(commands.size(), 0U);
  EXPECT_EQ(commands.next_deadline(), std::nullopt);
}

TEST_F(RedisMultiplexer, AnUnansweredPlaceholderCountsAsATimeout) {
  commands.connected();
  Request& a = submit("a");
  send();
  commands.cancel(a);
  const auto expired = commands.expire(start + 1s);
  EXPECT_EQ(expired.count, 1U);
  EXPECT_TRUE(expired.written);
}

TEST_F(RedisMultiplexer, BoundsTheCommandsUnderWay) {
  commands.connected();
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(commands.accepts(1));
    submit("x");
  }
  EXPECT_FALSE(commands.accepts(1));
  send();
  EXPECT_FALSE(commands.accepts(1));
  // A placeholder counts until its reply has arrived.
  commands.cancel(*requests.front());
  EXPECT_FALSE(commands.accepts(1));
  answer("+1\r\n");
  EXPECT_TRUE(commands.accepts(1));
}

TEST_F(RedisMultiplexer, BoundsTheBytesToBeWritten) {
  const std::string big(6'000, 'x');
  // Held, written, and taken but not flushed bytes all count.
  submit(big);
  EXPECT_TRUE(commands.accepts(4'000));
  EXPECT_FALSE(commands.accepts(4'001));
  commands.connected();
  EXPECT_FALSE(commands.accepts(4'001));
  std::string buffer;
  ASSERT_TRUE(commands.take_output(buffer));
  EXPECT_FALSE(commands.accepts(4'001));
  commands.flushed(5'000);
  EXPECT_TRUE(commands.accepts(9'000));
  EXPECT_FALSE(commands.accepts(9'001));
  commands.disconnected();
  EXPECT_TRUE(commands.accepts(10'000));
}

TEST_F(RedisMultiplexer, BytesOfHeldCommandsAreGivenBack) {
  for (const int way : {0, 1, 2, 3}) {
    Request& request = submit(std::string(6'000, 'x'));
    EXPECT_FALSE(commands.accepts(5'000));
    if (way == 0) commands.cancel(request);
    if (way == 1) commands.expire(start + 1s);
    if (way == 2) commands.fail_held();
    if (way == 3) commands.fail_all(Error::closed);
    EXPECT_TRUE(commands.accepts(10'000)) << way;
    EXPECT_FALSE(commands.accepts(10'001)) << way;
    done();
    commands.expire(start + 1s);
  }
}

TEST_F(RedisMultiplexer, NonsenseFailsTheCommandItCameFor) {
  commands.connected();
  submit("a", Retry::if_idempotent);
  submit("b");
  send();
  EXPECT_EQ(commands.receive("?\r\n"), Received::broken);
  commands.disconnected();
  EXPECT_EQ(done(),
            (Texts{failed("a", Error::protocol_error), failed("b", Error::connection_lost)}));
}

TEST_F(RedisMultiplexer, AnUnaskedReplyBreaksTheConnection) {
  commands.connected();
  EXPECT_EQ(commands.receive("+hello\r\n"), Received::broken);
  commands.disconnected();
  commands.connected();
  submit("written, not sent");
  EXPECT_EQ(commands.receive("+hello\r\n"), Received::broken);
}

TEST_F(RedisMultiplexer, AReadOnlyServerIsLeftOnceEverythingIsAnswered) {
  commands.connected();
  submit("a");
  submit("b");
  send();
  EXPECT_EQ(commands.receive("-READONLY You can't\r\n"), Received::read_only);
  commands.retire();
  submit("c");
  EXPECT_FALSE(commands.retired());
  EXPECT_EQ(send(), "");
  EXPECT_EQ(commands.receive("+2\r\n"), Received::replies);
  EXPECT_TRUE(commands.retired());
  commands.disconnected();
  commands.connected();
  EXPECT_EQ(send(), "c");
  EXPECT_EQ(done(), (Texts{failed("a", Error::read_only), "b=2"}));
}

TEST_F(RedisMultiplexer, OwnPingsHaveNoWaiter) {
  commands.connected();
  commands.submit_ping(start + 1s);
  submit("a");
  EXPECT_EQ(send(), "*1\r\n$4\r\nPING\r\na");
  answer("+PONG\r\n+1\r\n");
  EXPECT_EQ(done(), Texts{"a=1"});
}

TEST_F(RedisMultiplexer, FailsEverythingOnClose) {
  submit("sent");
  commands.connected();
  send();
  submit("written");
  commands.fail_all(Error::closed);
  EXPECT_EQ(done(), (Texts{failed("sent", Error::closed), failed("written", Error::closed)}));
  EXPECT_EQ(commands.size(), 0U);
  EXPECT_EQ(send(), "");
}

TEST_F(RedisMultiplexer, FailsHeldCommandsByWhatMayHaveHappened) {
  commands.connected();
  submit("sent", Retry::if_idempotent);
  send();
  commands.disconnected();
  submit("held");
  commands.fail_held();
  EXPECT_EQ(done(),
            (Texts{failed("sent", Error::connection_lost), failed("held", Error::connect_failed)}));
}

// A server that replies to every command with the command itself, with random failures in between.
// Every caller that gets a reply gets its own.
TEST_F(RedisMultiplexer, RandomFaultsNeverMixUpReplies) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto chance = [&](unsigned one_in) { return random() % one_in == 0; };

  std::string to_server;
  std::string to_client;
  bool connected = false;
  std::size_t submitted = 0;
  std::size_t answered = 0;
  std::size_t finished = 0;
  Time now = start;
  for (int step = 0; step < 100'000; ++step) {
    now += 1ms;
    if (chance(2) && commands.accepts(40)) {
      submit('+' + std::to_string(submitted++) + "\r\n",
             chance(2) ? Retry::if_idempotent : Retry::never, now + 50ms);
    }
    if (chance(10) && !requests.empty()) commands.cancel(*requests[random() % requests.size()]);
    if (!connected && chance(5)) {
      commands.connected();
      connected = true;
    }
    if (connected && chance(2)) to_server += send();
    if (chance(2)) to_client += std::exchange(to_server, "");
    if (connected && chance(2)) {
      const std::size_t size = random() % (to_client.size() + 1);
      ASSERT_NE(commands.receive(std::string_view(to_client).substr(0, size)), Received::broken);
      to_client.erase(0, size);
    }
    if (chance(3)) {
      const auto expired = commands.expire(now);
      if (connected && (expired.written || chance(50))) {
        commands.disconnected();
        connected = false;
        to_server.clear();
        to_client.clear();
      }
    }
    while (Request* request = commands.next_done()) {
      ++finished;
      const auto is_it = [&](const auto& one) { return one.get() == request; };
      const auto place = std::find_if(requests.begin(), requests.end(), is_it);
      ASSERT_NE(place, requests.end());
      if (request->outcome.has_value()) {
        ++answered;
        ASSERT_EQ('+' + *request->outcome.value().string() + "\r\n", request->wire);
      }
      requests.erase(place);
    }
    ASSERT_LE(commands.size(), 100U);
  }
  commands.fail_all(Error::closed);
  while (commands.next_done() != nullptr) ++finished;
  EXPECT_EQ(finished, submitted);
  EXPECT_GT(answered, submitted / 10);
}

}  // namespace
}  // namespace webtool::redis
