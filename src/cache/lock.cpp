#include <webtool/cache/base_cache.hpp>

#include <openssl/rand.h>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <random>
#include <stdexcept>

namespace webtool::cache {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;
using Timer =
    boost::asio::basic_waitable_timer<SteadyClock, boost::asio::wait_traits<SteadyClock>, Executor>;

constexpr std::chrono::microseconds first_wait = 1ms;
constexpr std::chrono::microseconds longest_wait = 16ms;

std::string make_owner() {
  std::string owner(16, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(owner.data()), static_cast<int>(owner.size())) !=
      1)
    throw std::runtime_error("no random bytes to be had");
  return owner;
}

// Between half and the whole of `longest`, so that those who wait do not come back together.
std::chrono::microseconds jittered(std::chrono::microseconds longest) {
  thread_local std::minstd_rand random(std::random_device{}());
  return std::chrono::microseconds(
      std::uniform_int_distribution<long>(longest.count() / 2, longest.count())(random));
}

}  // namespace

Lock::Lock(BaseCache& cache, std::string_view key, LockOptions options)
    : cache_(&cache), key_(key), options_(options) {
  if (options.ttl <= 0ms) throw std::invalid_argument("LockOptions::ttl must be positive");
  key_ += ":lock";
}

awaitable<bool> Lock::acquire() {
  // A token of its own for every attempt: what an earlier, expired lease left is not ours. One that
  // still runs stays ours if this attempt fails.
  const std::string owner = make_owner();
  SetOptions if_free;
  if_free.ex = options_.ttl;
  if_free.nx = true;
  const auto give_up = SteadyClock::now() + options_.timeout;
  auto wait = first_wait;
  while (true) {
    const bool taken = co_await cache_->set(key_, owner, if_free);
    if (taken) {
      owner_ = owner;
      co_return true;
    }
    const auto now = SteadyClock::now();
    if (!options_.blocking || now >= give_up) co_return false;
    Timer timer(co_await boost::asio::this_coro::executor);
    timer.expires_at(std::min(give_up, now + jittered(wait)));
    co_await timer.async_wait(use_awaitable);
    wait = std::min(wait * 2, longest_wait);
  }
}

awaitable<bool> Lock::release() {
  if (owner_.empty()) co_return false;
  const bool released = co_await cache_->erase(key_, owner_);
  owner_.clear();
  co_return released;
}

awaitable<bool> Lock::extend(std::chrono::milliseconds ttl) {
  if (owner_.empty()) co_return false;
  SetOptions if_mine;
  if_mine.ex = ttl;
  if_mine.if_equal = owner_;
  co_return co_await cache_->set(key_, owner_, if_mine);
}

}  // namespace webtool::cache
