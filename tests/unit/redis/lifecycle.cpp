// The decisions of a connection without a server. Each test is the script of one failure.
#include "redis/lifecycle.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>

#include <deque>
#include <string>
#include <vector>

namespace webtool::redis {
namespace {

using namespace std::chrono_literals;
using Phase = Lifecycle::Phase;
using Trouble = Lifecycle::Trouble;
using boost::system::error_code;

const error_code reset_by_peer = boost::asio::error::connection_reset;

struct Heard final : LinkObserver {
  void made() override { lines.push_back("made"); }
  void lost(error_code reason) override { lines.push_back("lost: " + reason.message()); }
  bool message(Reply&& message) override {
    lines.push_back("message: " + *message.string());
    return takes_messages;
  }
  std::vector<std::string> lines{};
  bool takes_messages = true;
};

class LifecycleTest : public testing::Test {
 protected:
  static Options options() {
    Options options;
    options.breaker_failures = 3;
    options.breaker_delay = 250ms;
    options.command_timeout = 500ms;
    options.connect_timeout = 1s;
    options.reconnect_delay_min = 20ms;
    options.reconnect_delay_max = 2s;
    options.ping_interval = 15s;
    return options;
  }

  Lifecycle::Steps ask(Retry retry = Retry::never) {
    auto& request = requests_.emplace_back();
    request.wire = Command("GET", "k").encode();
    request.deadline = now_ + options_.command_timeout;
    request.retry = retry;
    return life_.submit(request, now_);
  }
  // Submits a command, connects, and sends all output.
  void ask_on_a_new_link(Retry retry = Retry::never) {
    EXPECT_TRUE(ask(retry).connect);
    EXPECT_TRUE(life_.connected(now_).flush);
    send();
  }
  void send() {
    std::string output;
    if (life_.commands().take_output(output)) life_.commands().flushed(output.size());
  }
  Lifecycle::Steps receive(std::string_view bytes) { return life_.received(bytes, now_, 0.5); }
  Lifecycle::Steps lose(error_code reason = reset_by_peer) { return life_.lost(reason, now_, 0.5); }
  Lifecycle::Steps wake_in(std::chrono::milliseconds time) {
    now_ += time;
    return life_.wake(now_, 0.5);
  }
  // The outcome of the next request that is done.
  error_code done() {
    const auto* request = life_.commands().next_done();
    EXPECT_NE(request, nullptr);
    if (request == nullptr) return {};
    return request->outcome.has_error() ? request->outcome.error() : error_code();
  }

  Time now_{1h};
  const Options options_ = options();
  Heard heard_;
  Lifecycle life_{options_, &heard_};
  std::deque<Request> requests_;
};

TEST_F(LifecycleTest, ConnectsWhenThereIsSomethingToSay) {
  EXPECT_EQ(life_.phase(), Phase::idle);
  EXPECT_EQ(life_.wake_at(), Time::max());
  EXPECT_TRUE(ask().connect);
  EXPECT_FALSE(ask().connect);  // once
  EXPECT_EQ(life_.phase(), Phase::connecting);
  EXPECT_TRUE(life_.connected(now_).flush);
  send();
  EXPECT_TRUE(ask().flush);
  send();
  EXPECT_TRUE(receive("$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n").flush);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(done());
  EXPECT_EQ(heard_.lines, (std::vector<std::string>{"made"}));
}

TEST_F(LifecycleTest, GivesUpAnAttemptToConnectInTime) {
  EXPECT_TRUE(ask().connect);
  EXPECT_EQ(life_.wake_at(), now_ + 500ms);  // the command's deadline comes first
  const auto late = wake_in(500ms);
  EXPECT_EQ(late.trouble, Trouble::no_reply);
  EXPECT_EQ(done(), Error::connect_failed);
  EXPECT_EQ(life_.wake_at(), now_ + 500ms);
  const auto given_up = wake_in(500ms);
  EXPECT_TRUE(given_up.drop_link);
  EXPECT_FALSE(given_up.connect);  // nobody waits any more
  EXPECT_EQ(given_up.trouble, Trouble::no_connection);
  EXPECT_EQ(given_up.reason, Error::timeout);
  EXPECT_EQ(life_.phase(), Phase::idle);
}

TEST_F(LifecycleTest, WaitsLongerWithEveryAttempt) {
  EXPECT_TRUE(ask().connect);
  EXPECT_FALSE(lose().connect);
  EXPECT_EQ(life_.phase(), Phase::waiting);
  EXPECT_EQ(life_.wake_at(), now_ + 15ms);  // 20 ms, shortened by chance
  EXPECT_FALSE(wake_in(14ms).connect);
  EXPECT_TRUE(wake_in(1ms).connect);
  lose();
  EXPECT_EQ(life_.wake_at(), now_ + 30ms);
  EXPECT_TRUE(wake_in(30ms).connect);
  EXPECT_TRUE(life_.connected(now_).flush);
  send();
  EXPECT_TRUE(receive("+OK\r\n").recovered);
  EXPECT_FALSE(done());
  EXPECT_TRUE(lose().drop_link);
  EXPECT_TRUE(ask().connect);  // at once: the last link has worked
}

TEST_F(LifecycleTest, DoesNotWaitForWhatAnotherAttemptCannotMend) {
  for (const error_code& reason :
       {error_code(boost::asio::error::host_not_found), make_error_code(Error::no_permission)}) {
    Lifecycle life(options_);
    Request request;
    request.wire = Command("PING").encode();
    request.deadline = now_ + 500ms;
    EXPECT_TRUE(life.submit(request, now_).connect);
    EXPECT_FALSE(life.lost(reason, now_, 0.5).connect);
    EXPECT_EQ(life.commands().next_done(), &request);
    EXPECT_EQ(request.outcome.error(), Error::connect_failed);
    EXPECT_EQ(life.phase(), Phase::idle);
  }
  EXPECT_FALSE(is_permanent_failure(Error::loading));
  EXPECT_FALSE(is_permanent_failure(Error::busy));
  EXPECT_FALSE(is_permanent_failure(reset_by_peer));
}

TEST_F(LifecycleTest, ALostLinkFailsWhatMayHaveRunAndKeepsTheRest) {
  ask_on_a_new_link();
  (void)ask(Retry::if_idempotent);
  send();
  (void)ask();  // not sent
  const auto steps = lose();
  EXPECT_TRUE(steps.drop_link);
  EXPECT_EQ(steps.trouble, Trouble::link_lost);
  EXPECT_EQ(done(), Error::connection_lost);
  EXPECT_FALSE(life_.commands().has_done());
  EXPECT_EQ(life_.commands().size(), 2u);
  EXPECT_EQ(life_.phase(), Phase::waiting);
  EXPECT_EQ(heard_.lines.back(), "lost: " + reset_by_peer.message());
}

TEST_F(LifecycleTest, AnIdleLinkThatEndsIsNoTrouble) {
  ask_on_a_new_link();
  (void)receive("+OK\r\n");
  const auto steps = lose();
  EXPECT_TRUE(steps.drop_link);
  EXPECT_EQ(steps.trouble, Trouble::none);
  EXPECT_EQ(life_.phase(), Phase::idle);
}

TEST_F(LifecycleTest, AnIdleLinkIsTested) {
  ask_on_a_new_link();
  (void)receive("+OK\r\n");
  EXPECT_EQ(life_.wake_at(), now_ + 15s);
  EXPECT_FALSE(wake_in(14'999ms).flush);
  EXPECT_TRUE(wake_in(1ms).flush);
  std::string output;
  ASSERT_TRUE(life_.commands().take_output(output));
  EXPECT_EQ(output, Command("PING").encode());
  life_.commands().flushed(output.size());
  EXPECT_EQ(wake_in(500ms).trouble, Trouble::no_reply);
  EXPECT_EQ(life_.phase(), Phase::idle);
}

TEST_F(LifecycleTest, ALinkThatDoesNotAnswerIsLeft) {
  ask_on_a_new_link();
  now_ += 100ms;
  (void)ask();  // not sent: it may have another link
  const auto steps = wake_in(400ms);
  EXPECT_EQ(steps.trouble, Trouble::no_reply);
  EXPECT_TRUE(steps.drop_link);
  EXPECT_EQ(done(), Error::timeout);
  EXPECT_EQ(life_.phase(), Phase::waiting);
}

TEST_F(LifecycleTest, TheBreakerOpensAndAProbeClosesIt) {
  EXPECT_TRUE(ask().connect);
  EXPECT_FALSE(lose().opened_breaker);
  EXPECT_TRUE(wake_in(15ms).connect);
  EXPECT_FALSE(lose().opened_breaker);
  EXPECT_TRUE(wake_in(30ms).connect);
  const auto third = lose();
  EXPECT_TRUE(third.opened_breaker);
  EXPECT_FALSE(third.connect);
  EXPECT_EQ(done(), Error::connect_failed);  // nobody is kept waiting
  EXPECT_EQ(life_.refuse(now_, 1), Error::breaker_open);
  now_ += 250ms;
  EXPECT_EQ(life_.refuse(now_, 1), std::nullopt);  // the probe
  EXPECT_EQ(life_.refuse(now_, 1), Error::breaker_open);
  EXPECT_TRUE(ask().connect);  // whatever the back-off says
  EXPECT_TRUE(life_.connected(now_).flush);
  send();
  const auto answered = receive("+OK\r\n");
  EXPECT_TRUE(answered.closed_breaker);
  EXPECT_TRUE(answered.recovered);
  EXPECT_EQ(life_.refuse(now_, 1), std::nullopt);
}

TEST_F(LifecycleTest, AReadOnlyServerIsLeftButNotTooOften) {
  ask_on_a_new_link();
  EXPECT_FALSE(life_.settle(now_).drop_link);
  now_ += 1s;
  (void)receive("-READONLY You can't write\r\n");
  EXPECT_FALSE(life_.settle(now_).drop_link);  // connected less than two seconds ago
  (void)done();
  now_ += 1s;
  (void)ask();
  send();
  (void)receive("-READONLY You can't write\r\n");
  (void)ask();  // waits for the next link
  const auto steps = life_.settle(now_);
  EXPECT_TRUE(steps.drop_link);
  EXPECT_TRUE(steps.connect);
  EXPECT_EQ(done(), Error::read_only);
  EXPECT_EQ(heard_.lines.back(), "lost: " + error_code().message());
}

TEST_F(LifecycleTest, MessagesThatNobodyAskedForGoToTheObserver) {
  ask_on_a_new_link();
  (void)receive("+OK\r\n");
  EXPECT_FALSE(receive("+hello\r\n").drop_link);
  EXPECT_EQ(heard_.lines.back(), "message: hello");
  heard_.takes_messages = false;
  const auto steps = receive("+hello\r\n");
  EXPECT_TRUE(steps.drop_link);
  EXPECT_EQ(steps.reason, Error::protocol_error);
}

TEST_F(LifecycleTest, WithoutAnObserverTheyEndTheLink) {
  Lifecycle life(options_);
  (void)life.connected(now_);
  const auto steps = life.received("+hello\r\n", now_, 0.5);
  EXPECT_TRUE(steps.drop_link);
  EXPECT_EQ(steps.reason, Error::protocol_error);
}

TEST_F(LifecycleTest, ClosedTakesNothing) {
  ask_on_a_new_link();
  life_.close();
  EXPECT_EQ(done(), Error::closed);
  EXPECT_EQ(life_.refuse(now_, 1), Error::closed);
  EXPECT_EQ(life_.wake_at(), Time::max());
}

}  // namespace
}  // namespace webtool::redis
