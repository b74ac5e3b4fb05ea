// A cache whose n-th call fails, before or after it has done its work.
#pragma once

#include <webtool/cache/base_cache.hpp>
#include <webtool/cache/error.hpp>

#include <boost/system/errc.hpp>

namespace webtool::test {

enum class Fault {
  refused,     ///< nothing has happened
  reply_lost,  ///< it has happened, and nobody was told
};

class FailingCache final : public cache::BaseCache {
 public:
  explicit FailingCache(cache::BaseCache& inner) : inner_(inner) {}

  /// The `nth` call from now on (from 1) fails, and no other.
  void arm(int nth, Fault fault) {
    countdown_ = nth;
    fault_ = fault;
  }
  void disarm() { countdown_ = 0; }
  /// True once the fault has struck.
  [[nodiscard]] bool struck() const { return countdown_ < 0; }

  awaitable<bool> set(std::string_view key, std::string_view value,
                      cache::SetOptions options) override {
    const bool fails = counts_down();
    if (fails && fault_ == Fault::refused) fail();
    const bool written = co_await inner_.set(key, value, options);
    if (fails) fail();
    co_return written;
  }
  awaitable<std::optional<std::string>> get(std::string_view key) override {
    if (counts_down()) fail();
    co_return co_await inner_.get(key);
  }
  awaitable<bool> erase(std::string_view key, std::optional<std::string_view> if_equal) override {
    const bool fails = counts_down();
    if (fails && fault_ == Fault::refused) fail();
    const bool erased = co_await inner_.erase(key, if_equal);
    if (fails) fail();
    co_return erased;
  }
  awaitable<void> aclose() override { return inner_.aclose(); }

 private:
  bool counts_down() {
    if (countdown_ <= 0) return false;
    if (--countdown_ > 0) return false;
    countdown_ = -1;
    return true;
  }
  [[noreturn]] static void fail() {
    throw cache::StoreUnavailable(make_error_code(boost::system::errc::timed_out));
  }

  cache::BaseCache& inner_;
  int countdown_ = 0;
  Fault fault_ = Fault::refused;
};

}  // namespace webtool::test
