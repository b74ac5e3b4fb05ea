// One key, used by many threads at once, and threads that outlive keys. Worth a ThreadSanitizer.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <webtool/jose/compact.hpp>

namespace webtool::jose {
namespace {

template <class Work>
void on_four_threads(const Work& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();
}

TEST(KeyThreads, OneKeyServesAll) {
  const std::array keys{Key::generate_symmetric(), Key::generate(KeyType::ed25519),
                        Key::generate(KeyType::p256), Key::generate_rsa()};
  std::atomic<int> failures{0};
  on_four_threads([&] {
    std::string payload;
    for (int i = 0; i < 50; ++i) {
      for (const Key& key : keys) {
        const std::string token = sign_compact(key, "at+jwt", "payload");
        failures += verify_compact(key, token, "at+jwt", payload).failed() || payload != "payload";
      }
    }
  });
  EXPECT_EQ(failures, 0);
}

TEST(KeyThreads, KeysComeAndGo) {
  std::atomic<int> failures{0};
  on_four_threads([&] {
    for (int i = 0; i < 60; ++i) {
      const Key key = Key::generate(i % 2 == 0 ? KeyType::ed25519 : KeyType::p256);
      std::string signature;
      key.sign("message", signature);
      failures += !key.verify("message", signature);
    }
  });
  EXPECT_EQ(failures, 0);
}

TEST(KeyThreads, AThreadMayOutliveTheKey) {
  std::optional<Key> key = Key::generate(KeyType::ed25519);
  std::string signature;
  key->sign("message", signature);
  std::atomic<int> stage{0};
  std::atomic<bool> good{false};
  std::thread other([&] {
    good = key->verify("message", signature);
    stage = 1;
    stage.notify_one();
    stage.wait(1);
    // The key is gone; its context goes at the end of this thread, or for the next key.
    std::string again;
    const Key next = Key::generate(KeyType::ed25519);
    next.sign("message", again);
    good = good && next.verify("message", again) && !next.verify("message", signature);
  });
  stage.wait(0);
  key.reset();
  stage = 2;
  stage.notify_one();
  other.join();
  EXPECT_TRUE(good);
}

}  // namespace
}  // namespace webtool::jose
