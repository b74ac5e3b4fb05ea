// InMemoryCache beyond the contract of all caches: bounds, and expiry with a clock of the test.
#include <webtool/cache/in_memory_cache.hpp>

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "webtool/cache/error.hpp"

namespace webtool::cache {
namespace {

using namespace std::chrono_literals;

class InMemoryCacheTest : public testing::Test {
 protected:
  void make(std::size_t max_entries) {
    InMemoryCacheOptions options;
    options.max_entries = max_entries;
    options.clock = clock_.clock();
    cache_ = std::make_unique<InMemoryCache>(std::move(options));
  }
  bool set(const std::string& key, std::optional<std::chrono::milliseconds> ex = {}) {
    SetOptions options;
    options.ex = ex;
    return loop_.run(cache_->set(key, "value of " + key, options));
  }
  bool has(const std::string& key) {
    const auto value = loop_.run(cache_->get(key));
    if (value) {
      EXPECT_EQ(*value, "value of " + key);
    }
    return value.has_value();
  }

  test::ManualClock clock_;
  test::Loop loop_;
  std::unique_ptr<InMemoryCache> cache_;
};

TEST_F(InMemoryCacheTest, ExpiresToTheMicrosecond) {
  make(100);
  set("k", 10ms);
  clock_.advance(10ms - 1us);
  EXPECT_TRUE(has("k"));
  clock_.advance(1us);
  EXPECT_FALSE(has("k"));
}

TEST_F(InMemoryCacheTest, AnExpiredEntryIsNeitherThereForNxNorForIfEqualNorForErase) {
  make(100);
  set("k", 10ms);
  clock_.advance(10ms);
  SetOptions equal;
  equal.if_equal = "value of k";
  EXPECT_FALSE(loop_.run(cache_->set("k", "w", equal)));
  EXPECT_FALSE(loop_.run(cache_->erase("k")));
  set("k", 10ms);
  clock_.advance(10ms);
  SetOptions nx;
  nx.nx = true;
  EXPECT_TRUE(loop_.run(cache_->set("k", "value of k", nx)));
  EXPECT_TRUE(has("k"));
}

TEST_F(InMemoryCacheTest, WhenFullItRefusesNewKeysAndKeepsTheOldOnes) {
  make(10);
  for (int i = 0; i < 10; ++i) set(std::to_string(i));
  try {
    set("one more");
    FAIL() << "the eleventh went in";
  } catch (const StoreUnavailable& error) {
    EXPECT_EQ(error.code(), boost::system::errc::not_enough_memory);
  }
  EXPECT_TRUE(set("3"));  // one that is there can be written
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(has(std::to_string(i)));
  EXPECT_TRUE(loop_.run(cache_->erase("7")));
  EXPECT_TRUE(set("one more"));
  EXPECT_EQ(cache_->size(), 10u);
}

TEST_F(InMemoryCacheTest, WhenFullExpiredEntriesMakeRoomWhereverTheyAre) {
  make(1000);
  for (int i = 0; i < 999; ++i) set("lasting" + std::to_string(i), 24h);
  set("brief", 1500ms);
  EXPECT_THROW(set("new"), StoreUnavailable);
  clock_.advance(1500ms);
  EXPECT_TRUE(set("new"));
  EXPECT_TRUE(has("lasting0"));
}

TEST_F(InMemoryCacheTest, WritesSweepWhatNobodyAsksForAnyMore) {
  make(1'000'000);
  for (int i = 0; i < 10'000; ++i) set("old" + std::to_string(i), 1s);
  clock_.advance(3s);
  for (int i = 0; i < 10'000; ++i) set("new" + std::to_string(i), 1h);
  EXPECT_LT(cache_->size(), 10'100u);
}

TEST_F(InMemoryCacheTest, ALongRestOrAJumpOfTheClockLosesNothing) {
  make(10);
  for (int i = 0; i < 10; ++i) set(std::to_string(i), 100'000h);
  clock_.advance(99'999h);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(has(std::to_string(i)));
  EXPECT_THROW(set("new"), StoreUnavailable);
  clock_.advance(2h);
  EXPECT_TRUE(set("new"));
}

TEST_F(InMemoryCacheTest, AClockSetBackLeavesNothingUnswept) {
  make(10);
  set("early", 1h);
  clock_.advance(10h);
  set("later", 1h);
  clock_.advance(-10h);
  for (int i = 0; i < 8; ++i) set(std::to_string(i), 1s);
  clock_.advance(11h + 2s);
  for (int i = 10; i < 19; ++i) EXPECT_TRUE(set(std::to_string(i), 1s)) << i;
}

TEST_F(InMemoryCacheTest, BehavesAsAMapThatForgets) {
  make(50);
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << std::endl;
  std::mt19937 random(seed);
  std::map<std::string, Timestamp> model;
  const auto pick = [&](int from, int to) {
    return std::uniform_int_distribution<int>(from, to)(random);
  };
  for (int step = 0; step < 50'000; ++step) {
    std::erase_if(model, [&](const auto& entry) { return entry.second <= clock_.now(); });
    const auto key = std::to_string(pick(0, 49));
    switch (pick(0, 3)) {
      case 0: {
        const auto life = std::chrono::milliseconds(pick(1, 20'000));
        ASSERT_TRUE(set(key, life)) << "step " << step;
        model[key] = clock_.now() + life;
        break;
      }
      case 1:
        ASSERT_EQ(has(key), model.contains(key)) << "step " << step;
        break;
      case 2:
        ASSERT_EQ(loop_.run(cache_->erase(key)), model.erase(key) > 0) << "step " << step;
        break;
      default:
        clock_.advance(std::chrono::milliseconds(pick(0, 3'000)));
    }
  }
}

TEST_F(InMemoryCacheTest, RefusesImpossibleOptions) {
  EXPECT_THROW(make(0), std::invalid_argument);
  InMemoryCacheOptions no_clock;
  no_clock.clock = nullptr;
  EXPECT_THROW(InMemoryCache{std::move(no_clock)}, std::invalid_argument);
}

}  // namespace
}  // namespace webtool::cache
