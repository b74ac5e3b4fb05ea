#include "redis/names.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>

namespace webtool::redis {
namespace asio = boost::asio;
using boost::system::error_code;
namespace {

struct Answer {
  error_code error;
  Names::Addresses addresses;
};

error_code meaning(int code) {
  if (code == EAI_NONAME) return asio::error::host_not_found;
  if (code == EAI_AGAIN) return asio::error::host_not_found_try_again;
  if (code == EAI_SYSTEM) return {errno, boost::system::system_category()};
  return {code, asio::error::get_addrinfo_category()};
}

asio::ip::address address_of(const sockaddr* given) {
  if (given->sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, given, sizeof v4);
    return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6;
  std::memcpy(&v6, given, sizeof v6);
  asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return asio::ip::address_v6(bytes, v6.sin6_scope_id);
}

Answer ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (code != 0) return {meaning(code), {}};
  Answer answer;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6)
      answer.addresses.push_back(address_of(entry->ai_addr));
  }
  ::freeaddrinfo(found);
  if (answer.addresses.empty()) answer.error = asio::error::host_not_found;
  return answer;
}

// Blocks signals in the new thread, so that the program's own threads handle them.
class NoSignals {
 public:
  NoSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

struct Names::Waiter {
  Executor executor;
  SteadyTimer* timer;  ///< null after the wait; only for the event loop's thread
  std::shared_ptr<const Answer> answer{};
};

// A waiting coroutine. The event loop outlives this object.
class Names::Waiting {
 public:
  Waiting(Names& names, SteadyTimer& timer)
      : names_(names.shared_from_this()),
        waiter_(std::make_shared<Waiter>(Waiter{timer.get_executor(), &timer})) {
    const std::lock_guard lock(names.mutex_);
    if (!names.is_asking_) names.ask();
    names.waiters_.push_back(waiter_);
  }
  ~Waiting() {
    waiter_->timer = nullptr;
    const std::lock_guard lock(names_->mutex_);
    std::erase(names_->waiters_, waiter_);
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  [[nodiscard]] std::shared_ptr<const Answer> answer() const {
    const std::lock_guard lock(names_->mutex_);
    return waiter_->answer;
  }

 private:
  const std::shared_ptr<Names> names_;
  const std::shared_ptr<Waiter> waiter_;
};

awaitable<Names::Addresses> Names::look_up(SteadyTimer& timer) {
  timer.expires_at(SteadyTimer::time_point::max());
  const Waiting waiting(*this, timer);
  error_code cancelled;
  co_await timer.async_wait(asio::redirect_error(use_awaitable, cancelled));
  const auto answer = waiting.answer();
  if (!answer) throw boost::system::system_error(asio::error::operation_aborted);
  if (answer->error) throw boost::system::system_error(answer->error);
  co_return answer->addresses;
}

void Names::ask() {
  const NoSignals blocked;
  try {
    std::thread(&Names::answer, shared_from_this()).detach();
  } catch (const std::system_error& error) {
    throw boost::system::system_error(error.code().value(), boost::system::system_category());
  }
  is_asking_ = true;
}

void Names::answer(const std::shared_ptr<Names>& names) {
  const auto answer = std::make_shared<const Answer>(ask_system(names->host_));
  const std::lock_guard lock(names->mutex_);
  names->is_asking_ = false;
  for (const auto& waiter : std::exchange(names->waiters_, {})) {
    waiter->answer = answer;
    asio::post(waiter->executor, [waiter] {
      if (waiter->timer != nullptr) waiter->timer->cancel();
    });
  }
}

}  // namespace webtool::redis
