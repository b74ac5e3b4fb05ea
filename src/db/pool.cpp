#include "db/pool.hpp"

#include <chrono>

namespace webtool::db {
namespace {

Options fitted(Options options, const Target& target) {
  if (target.in_memory()) options.pool_size = 1;
  return options;
}

}  // namespace

Lease::Lease(std::shared_ptr<Pool> pool, std::unique_ptr<Connection> connection) noexcept
    : pool_(std::move(pool)), connection_(std::move(connection)) {}

Lease::~Lease() {
  if (pool_) pool_->give_back(std::move(connection_));
}

void Lease::begin(Access access) {
  if (connection_) {
    try {
      connection_->begin(access);
      return;
    } catch (const DatabaseError& error) {
      const bool died = error.error() == Error::connection_lost;
      if (died) connection_.reset();
      if (!died || !pool_->options().pre_ping) throw;
    }
  }
  // Kept only after a successful begin, so that the next user gets a working connection.
  auto opened = pool_->open();
  opened->begin(access);
  connection_ = std::move(opened);
}

void Lease::discard() noexcept {
  connection_.reset();
}

Pool::Pool(std::string_view url, Options options)
    : target_(parse_url(url)), options_(fitted(checked(options), target_)) {
  free_.resize(options_.pool_size);
}

std::unique_ptr<Connection> Pool::open() const {
  return backend() == Backend::sqlite ? open_sqlite(target_, options_)
                                      : open_postgresql(target_, options_);
}

bool Pool::enter_locked(Waiter& waiter) {
  if (closed_) {
    waiter.state = Waiter::State::closed;
  } else if (free_.empty()) {
    waiter.place = waiting_.insert(waiting_.end(), &waiter);
  } else {
    waiter.connection = std::move(free_.back());
    free_.pop_back();
    waiter.state = Waiter::State::granted;
  }
  return waiter.state == Waiter::State::waiting;
}

bool Pool::enter(Waiter& waiter) {
  const std::scoped_lock hold(mutex_);
  return enter_locked(waiter);
}

void Pool::leave(Waiter& waiter) {
  const std::scoped_lock hold(mutex_);
  if (waiter.state != Waiter::State::waiting) return;
  waiting_.erase(waiter.place);
  waiter.state = Waiter::State::left;
}

Lease Pool::acquire() {
  Waiter waiter;
  std::condition_variable changed;
  waiter.wake = [&] { changed.notify_one(); };
  const auto deadline = std::chrono::steady_clock::now() + options_.acquire_timeout;
  std::unique_lock hold(mutex_);
  if (enter_locked(waiter)) {
    const auto over = [&] { return waiter.state != Waiter::State::waiting; };
    if (!changed.wait_until(hold, deadline, over)) waiting_.erase(waiter.place);
  }
  hold.unlock();
  if (waiter.state == Waiter::State::granted)
    return Lease(shared_from_this(), std::move(waiter.connection));
  throw DatabaseError(waiter.state == Waiter::State::closed ? Error::closed : Error::pool_timeout);
}

void Pool::give_back(std::unique_ptr<Connection> connection) noexcept {
  const std::scoped_lock hold(mutex_);
  if (!waiting_.empty()) {
    Waiter& next = *waiting_.front();
    waiting_.pop_front();
    next.connection = std::move(connection);
    next.state = Waiter::State::granted;
    next.wake();
  } else if (!closed_) {
    // This insertion does not allocate: the constructor reserved the space.
    free_.insert(connection ? free_.end() : free_.begin(), std::move(connection));
  }
}

void Pool::close() noexcept {
  std::vector<std::unique_ptr<Connection>> idle;
  const std::scoped_lock hold(mutex_);
  closed_ = true;
  idle.swap(free_);
  for (Waiter* waiter : waiting_) {
    waiter->state = Waiter::State::closed;
    waiter->wake();
  }
  waiting_.clear();
}

}  // namespace webtool::db
