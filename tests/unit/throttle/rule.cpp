#include <gmock/gmock.h>

#include <stdexcept>

#include <webtool/throttle/rule.hpp>

namespace webtool::throttle {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

template <class Change>
LimitRule changed(Change change) {
  LimitRule rule;
  change(rule);
  return rule;
}

// Returns the error text, or nothing if the rule is accepted.
template <class Change>
std::string refusal(Change change) {
  try {
    (void)limiter(changed(change));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

#define EXPECT_ACCEPTED(...) EXPECT_EQ(refusal([](LimitRule& rule) { __VA_ARGS__; }), "")
#define EXPECT_REFUSED(field, ...)                                                                \
  EXPECT_THAT(refusal([](LimitRule& rule) { __VA_ARGS__; }), HasSubstr("LimitRule::" field " mus" \
                                                                       "t"))

TEST(Limiter, GivesBackWhatItWasGiven) {
  LimitRule rule;
  rule.max_requests = 3;
  rule.throttle_key = "key";
  rule.method = {"GET", "POST"};
  rule.scopes = {"user", "admin:all"};
  rule.name = "burst";
  const auto same = limiter(rule);
  EXPECT_EQ(same.max_requests, 3u);
  EXPECT_EQ(same.throttle_key, "key");
  EXPECT_EQ(same.method, rule.method);
  EXPECT_EQ(same.scopes, rule.scopes);
  EXPECT_EQ(same.name, "burst");
}

TEST(Limiter, TakesDesignatedInitializers) {
  EXPECT_EQ(limiter({.max_requests = 10, .interval = 10s}).interval, 10s);
}

TEST(Limiter, MaxRequests) {
  EXPECT_ACCEPTED(rule.max_requests = 1);
  EXPECT_ACCEPTED(rule.max_requests = 100'000);
  EXPECT_ACCEPTED(rule.max_requests = 1'000'000'000; rule.algorithm = Algorithm::gcra);
  EXPECT_ACCEPTED(rule.max_requests = 1'000'000'000; rule.algorithm = Algorithm::fixed_window);
  EXPECT_REFUSED("max_requests", rule.max_requests = 0);
  EXPECT_REFUSED("max_requests", rule.max_requests = 100'001);
  EXPECT_REFUSED("max_requests", rule.max_requests = 1'000'000'001;
                 rule.algorithm = Algorithm::fixed_window);
}

TEST(Limiter, Interval) {
  EXPECT_ACCEPTED(rule.interval = 1ms);
  EXPECT_ACCEPTED(rule.interval = 1'500us);
  EXPECT_ACCEPTED(rule.interval = std::chrono::years(10));
  EXPECT_REFUSED("interval", rule.interval = 1ms - 1us);
  EXPECT_REFUSED("interval", rule.interval = 0us);
  EXPECT_REFUSED("interval", rule.interval = -1h);
  EXPECT_REFUSED("interval", rule.interval = std::chrono::microseconds::min());
  EXPECT_REFUSED("interval", rule.interval = std::chrono::years(10); rule.interval += 1us);
  EXPECT_REFUSED("interval", rule.interval = std::chrono::microseconds::max());
}

TEST(Limiter, ABucketNeedsAMicrosecondARequest) {
  EXPECT_ACCEPTED(rule.algorithm = Algorithm::gcra; rule.max_requests = 1'000; rule.interval = 1ms);
  EXPECT_REFUSED("interval", rule.algorithm = Algorithm::gcra; rule.max_requests = 1'001;
                 rule.interval = 1ms);
}

TEST(Limiter, AlgorithmPerAndOnStoreFailure) {
  EXPECT_REFUSED("per", rule.per = static_cast<Per>(2));
  EXPECT_REFUSED("algorithm", rule.algorithm = static_cast<Algorithm>(3));
  EXPECT_REFUSED("on_store_failure", rule.on_store_failure = static_cast<OnStoreFailure>(-1));
}

TEST(Limiter, Cost) {
  EXPECT_ACCEPTED(rule.cost = 10);
  EXPECT_REFUSED("cost", rule.cost = 0);
  EXPECT_REFUSED("cost", rule.cost = 11);
}

TEST(Limiter, ThrottleKey) {
  EXPECT_ACCEPTED(rule.throttle_key = std::string(255, '\0'));
  EXPECT_REFUSED("throttle_key", rule.throttle_key = std::string(256, 'k'));
}

TEST(Limiter, Method) {
  EXPECT_ACCEPTED(rule.method = {"GET", "M-SEARCH"});
  for (const char* method : {"", "get", "GET ", "GET/", "G\xC3"}) {
    LimitRule rule;
    rule.method = {"GET", method};
    EXPECT_THROW((void)limiter(rule), std::invalid_argument) << method;
  }
  EXPECT_REFUSED("method", rule.method = {std::string(65, 'A')});
}

TEST(Limiter, Scopes) {
  EXPECT_ACCEPTED(rule.scopes = {"user", "anno", "a:b/c#d!"});
  for (const char* scope : {"", "read write", "a\"", "a\\", "a\n", "\xC3\xA9"}) {
    LimitRule rule;
    rule.scopes = {"user", scope};
    EXPECT_THROW((void)limiter(rule), std::invalid_argument) << scope;
  }
}

TEST(Limiter, Name) {
  EXPECT_ACCEPTED(rule.name = std::string(64, 'n'));
  EXPECT_ACCEPTED(rule.name = "10-per-10s;q=1,'~!");
  EXPECT_REFUSED("name", rule.name = std::string(65, 'n'));
  for (const char* name : {"two words", "a\"", "a\\", "a\r\n", "\x7F", "\xC3\xA9"}) {
    LimitRule rule;
    rule.name = name;
    EXPECT_THROW((void)limiter(rule), std::invalid_argument) << name;
  }
}

}  // namespace
}  // namespace webtool::throttle
