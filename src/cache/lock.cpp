#include <webtool/cache/base_cache.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <span>
#include <stdexcept>

#include "core/backoff.hpp"
#include "core/option_check.hpp"
#include "core/random.hpp"
#include "core/timer.hpp"

namespace webtool::cache {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::chrono::microseconds min_wait = 1ms;
constexpr std::chrono::microseconds max_wait = 16ms;

std::string make_owner() {
  std::string owner(16, '\0');
  fill_random({reinterpret_cast<unsigned char*>(owner.data()), owner.size()});
  return owner;
}

}  // namespace

Lock::Lock(BaseCache& cache, std::string_view key, LockOptions options)
    : cache_(&cache), key_(key), options_(options) {
  OptionCheck("LockOptions")(options.ttl > 0ms, "ttl must be positive");
  key_ += ":lock";
}

awaitable<bool> Lock::acquire() {
  // Each attempt has its own owner token. So a lease that an earlier attempt left behind does not
  // count as ours. If this attempt fails, a lease that is still valid remains ours.
  const std::string owner = make_owner();
  SetOptions if_free;
  if_free.ex = options_.ttl;
  if_free.nx = true;
  const auto give_up = steady_clock::now() + options_.timeout;
  Backoff backoff(min_wait, max_wait);
  while (true) {
    const bool taken = co_await cache_->set(key_, owner, if_free);
    if (taken) {
      owner_ = owner;
      co_return true;
    }
    const auto now = steady_clock::now();
    if (!options_.blocking || now >= give_up) co_return false;
    SteadyTimer timer(co_await boost::asio::this_coro::executor);
    timer.expires_at(std::min(give_up, now + backoff.next(random_chance())));
    co_await timer.async_wait(use_awaitable);
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
