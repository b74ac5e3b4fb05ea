// The contract of BaseCache and of the lock built on it, run on every cache.
#include <gtest/gtest.h>

#include <webtool/cache/error.hpp>

#include "custom_cache.hpp"
#include "support/run.hpp"
#include "support/stores.hpp"

namespace webtool::cache {
namespace {

using namespace std::chrono_literals;

struct OnUserCache {
  MapCache cache;
};

template <class Where>
class CacheContract : public testing::Test {
 protected:
  template <class T>
  T run(awaitable<T> work) {
    return loop_.run(std::move(work));
  }
  BaseCache& cache() { return where_.cache; }

  bool set(std::string_view key, std::string_view value, SetOptions options = {}) {
    return run(cache().set(key, value, options));
  }
  std::optional<std::string> get(std::string_view key) { return run(cache().get(key)); }

  Where where_;
  test::Loop loop_;
};

using Caches = testing::Types<test::InMemory, test::OnRedis, OnUserCache>;
TYPED_TEST_SUITE(CacheContract, Caches);

TYPED_TEST(CacheContract, GivesWhatWasSet) {
  EXPECT_EQ(this->get("k"), std::nullopt);
  EXPECT_TRUE(this->set("k", "v"));
  EXPECT_EQ(this->get("k"), "v");
  EXPECT_TRUE(this->set("k", "w"));
  EXPECT_EQ(this->get("k"), "w");
}

TYPED_TEST(CacheContract, KeysAndValuesAreBytes) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  EXPECT_TRUE(this->set(bytes, bytes));
  EXPECT_EQ(this->get(bytes), bytes);
  EXPECT_TRUE(this->set("empty", ""));
  EXPECT_EQ(this->get("empty"), "");
  const std::string large(3'000'000, 'x');
  EXPECT_TRUE(this->set("large", large));
  EXPECT_EQ(this->get("large"), large);
}

TYPED_TEST(CacheContract, ErasingSaysWhetherThereWasAnything) {
  EXPECT_FALSE(this->run(this->cache().erase("k")));  // No error for a missing key
  this->set("k", "v");
  EXPECT_TRUE(this->run(this->cache().erase("k")));
  EXPECT_EQ(this->get("k"), std::nullopt);
}

TYPED_TEST(CacheContract, ErasesIfEqual) {
  EXPECT_FALSE(this->run(this->cache().erase("k", "v")));
  this->set("k", "v");
  EXPECT_FALSE(this->run(this->cache().erase("k", "other")));
  EXPECT_EQ(this->get("k"), "v");
  EXPECT_TRUE(this->run(this->cache().erase("k", "v")));
  EXPECT_EQ(this->get("k"), std::nullopt);
}

TYPED_TEST(CacheContract, NxWritesOnlyWhereThereIsNothing) {
  SetOptions nx;
  nx.nx = true;
  EXPECT_TRUE(this->set("k", "first", nx));
  EXPECT_FALSE(this->set("k", "second", nx));
  EXPECT_EQ(this->get("k"), "first");
}

TYPED_TEST(CacheContract, IfEqualWritesOnlyOverThatValue) {
  SetOptions options;
  options.if_equal = "a";
  EXPECT_FALSE(this->set("k", "b", options));
  EXPECT_EQ(this->get("k"), std::nullopt);
  this->set("k", "a");
  EXPECT_TRUE(this->set("k", "b", options));
  EXPECT_FALSE(this->set("k", "c", options));
  EXPECT_EQ(this->get("k"), "b");
}

TYPED_TEST(CacheContract, IfEqualCanGiveALifetime) {
  this->set("k", "a");
  SetOptions options;
  options.if_equal = "a";
  options.exat = system_now() - 1s;
  EXPECT_TRUE(this->set("k", "b", options));
  EXPECT_EQ(this->get("k"), std::nullopt);
}

TYPED_TEST(CacheContract, ExpiryInThePastRemoves) {
  this->set("k", "v");
  SetOptions past;
  past.exat = system_now() - 1h;
  EXPECT_TRUE(this->set("k", "w", past));
  EXPECT_EQ(this->get("k"), std::nullopt);
  past.exat = Timestamp(-5s);
  EXPECT_TRUE(this->set("k", "w", past));
  EXPECT_EQ(this->get("k"), std::nullopt);
}

TYPED_TEST(CacheContract, ExpiresAtAWallClockTime) {
  SetOptions soon;
  soon.exat = system_now() + 30ms;
  EXPECT_TRUE(this->set("k", "v", soon));
  SetOptions later;
  later.exat = system_now() + 1h;
  EXPECT_TRUE(this->set("l", "v", later));
  while (this->get("k")) {
  }
  EXPECT_GE(system_now(), *soon.exat);
  EXPECT_EQ(this->get("l"), "v");
}

TYPED_TEST(CacheContract, SettingAnewForgetsTheOldLifetime) {
  SetOptions brief;
  brief.ex = 20ms;
  const auto written = system_now();
  this->set("k", "v", brief);
  this->set("k", "v");
  while (system_now() < written + 40ms) {
  }
  EXPECT_EQ(this->get("k"), "v");
}

TYPED_TEST(CacheContract, OneOfManyConcurrentNxWins) {
  SetOptions nx;
  nx.nx = true;
  std::vector<awaitable<bool>> works;
  for (int i = 0; i < 100; ++i) works.push_back(this->cache().set("k", "v", nx));
  const auto results = this->loop_.run_all(std::move(works));
  EXPECT_EQ(std::count(results.begin(), results.end(), true), 1);
}

TYPED_TEST(CacheContract, LockIsExclusive) {
  auto first = this->cache().lock("job", {.ttl = 10s});
  auto second = this->cache().lock("job", {.ttl = 10s, .blocking = false});
  EXPECT_TRUE(this->run(first.acquire()));
  EXPECT_FALSE(this->run(second.acquire()));
  EXPECT_TRUE(this->run(first.release()));
  EXPECT_TRUE(this->run(second.acquire()));
}

TYPED_TEST(CacheContract, LockDoesNotTouchTheKeyItNames) {
  this->set("job", "value");
  auto lock = this->cache().lock("job", {.ttl = 10s});
  EXPECT_TRUE(this->run(lock.acquire()));
  EXPECT_EQ(this->get("job"), "value");
}

TYPED_TEST(CacheContract, BlockingLockGivesUpAfterItsTimeout) {
  auto first = this->cache().lock("job", {.ttl = 10s});
  auto second = this->cache().lock("job", {.ttl = 10s, .timeout = 20ms});
  EXPECT_TRUE(this->run(first.acquire()));
  EXPECT_FALSE(this->run(second.acquire()));
}

TYPED_TEST(CacheContract, BlockingLockGetsItsTurn) {
  auto first = this->cache().lock("job", {.ttl = 10s});
  auto second = this->cache().lock("job", {.ttl = 10s, .timeout = 10s});
  EXPECT_TRUE(this->run(first.acquire()));
  const auto both = [&]() -> awaitable<bool> {
    co_await first.release();
    co_return true;
  };
  std::vector<awaitable<bool>> works;
  works.push_back(second.acquire());
  works.push_back(both());
  EXPECT_EQ(this->loop_.run_all(std::move(works)), (std::vector<bool>{true, true}));
}

TYPED_TEST(CacheContract, AnExpiredHolderCannotReleaseTheNextOne) {
  auto late = this->cache().lock("job", {.ttl = 10ms});
  auto next = this->cache().lock("job", {.ttl = 10s, .timeout = 10s});
  auto third = this->cache().lock("job", {.ttl = 10s, .blocking = false});
  EXPECT_TRUE(this->run(late.acquire()));
  EXPECT_TRUE(this->run(next.acquire()));  // waits until the lease has run out
  EXPECT_FALSE(this->run(late.release()));
  EXPECT_FALSE(this->run(late.extend(10s)));
  EXPECT_FALSE(this->run(third.acquire()));
  EXPECT_TRUE(this->run(next.release()));
}

TYPED_TEST(CacheContract, AnExpiredHolderCannotTakeTheLockBackByExtendingIt) {
  auto late = this->cache().lock("job", {.ttl = 10ms});
  auto next = this->cache().lock("job", {.ttl = 10s, .timeout = 10s});
  EXPECT_TRUE(this->run(late.acquire()));
  EXPECT_TRUE(this->run(next.acquire()));  // waits until the lease has run out
  EXPECT_FALSE(this->run(late.extend(10s)));
  EXPECT_TRUE(this->run(next.extend(10s)));
  EXPECT_FALSE(this->run(late.release()));
  EXPECT_TRUE(this->run(next.release()));
}

TYPED_TEST(CacheContract, WhoeverGotNoLockHoldsNone) {
  auto first = this->cache().lock("job", {.ttl = 10s});
  auto second = this->cache().lock("job", {.ttl = 10s, .blocking = false});
  EXPECT_FALSE(this->run(second.release()));
  EXPECT_FALSE(this->run(second.extend(10s)));
  EXPECT_TRUE(this->run(first.acquire()));
  EXPECT_FALSE(this->run(second.acquire()));
  EXPECT_FALSE(this->run(second.extend(10s)));
  EXPECT_FALSE(this->run(second.release()));
  EXPECT_TRUE(this->run(first.release()));
}

TYPED_TEST(CacheContract, AskingForALockThatOneHoldsLosesNothing) {
  auto lock = this->cache().lock("job", {.ttl = 10s, .blocking = false});
  EXPECT_TRUE(this->run(lock.acquire()));
  EXPECT_FALSE(this->run(lock.acquire()));
  EXPECT_TRUE(this->run(lock.extend(10s)));
  EXPECT_TRUE(this->run(lock.release()));
}

TYPED_TEST(CacheContract, EveryLeaseHasAnOwnerOfItsOwn) {
  auto lock = this->cache().lock("job", {.ttl = 10ms, .timeout = 10s});
  EXPECT_TRUE(this->run(lock.acquire()));
  const auto first = this->run(this->cache().get("job:lock"));
  EXPECT_TRUE(this->run(lock.acquire()));  // waits until the lease has run out
  const auto second = this->run(this->cache().get("job:lock"));
  EXPECT_NE(first, second);
}

TYPED_TEST(CacheContract, LockCanBeExtended) {
  auto lock = this->cache().lock("job", {.ttl = 50ms});
  auto other = this->cache().lock("job", {.ttl = 10s, .timeout = 100ms});
  EXPECT_TRUE(this->run(lock.acquire()));
  EXPECT_TRUE(this->run(lock.extend(60s)));
  EXPECT_FALSE(this->run(other.acquire()));
  EXPECT_TRUE(this->run(lock.release()));
  EXPECT_FALSE(this->run(lock.extend(60s)));
  EXPECT_FALSE(this->run(lock.release()));
}

TYPED_TEST(CacheContract, RefusesOptionsThatContradict) {
  SetOptions both_times;
  both_times.ex = 1s;
  both_times.exat = system_now();
  EXPECT_THROW(this->set("k", "v", both_times), std::invalid_argument);
  SetOptions both_conditions;
  both_conditions.nx = true;
  both_conditions.if_equal = "v";
  EXPECT_THROW(this->set("k", "v", both_conditions), std::invalid_argument);
  SetOptions no_time;
  no_time.ex = 0ms;
  EXPECT_THROW(this->set("k", "v", no_time), std::invalid_argument);
  EXPECT_THROW((void)this->cache().lock("k", {.ttl = 0ms}), std::invalid_argument);
}

// Only webtool's own caches promise an error after aclose().
template <class Where>
class OwnCacheContract : public CacheContract<Where> {};
using OwnCaches = testing::Types<test::InMemory, test::OnRedis>;
TYPED_TEST_SUITE(OwnCacheContract, OwnCaches);

TYPED_TEST(OwnCacheContract, FailsAfterClose) {
  this->set("k", "v");
  this->loop_.run(this->cache().aclose());
  EXPECT_THROW(this->get("k"), StoreUnavailable);
  EXPECT_THROW(this->set("k", "v"), StoreUnavailable);
  EXPECT_THROW(this->run(this->cache().erase("k")), StoreUnavailable);
}

}  // namespace
}  // namespace webtool::cache
