// The connections of a database object: at most so many, opened when needed, given to whoever has
// waited longest.
//
// SOCI has a pool of its own, and it is not used: it opens every connection at once, cannot replace
// one that died, and lets nobody wait without a thread, or stop waiting.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "db/connection.hpp"

namespace webtool::db {

class Pool;

/// The right to one connection, given back when this goes.
class Lease {
 public:
  Lease(std::shared_ptr<Pool> pool, std::unique_ptr<Connection> connection) noexcept;
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&&) = delete;
  ~Lease();

  /// Begins a transaction on the connection, which is opened if need be, and opened anew if it died
  /// while nobody used it.
  void begin(Access access);
  [[nodiscard]] Connection& connection() noexcept { return *connection_; }
  [[nodiscard]] const Pool& pool() const noexcept { return *pool_; }
  /// What others must not get: it is closed, and another opened when the next needs one.
  void discard() noexcept;

 private:
  std::shared_ptr<Pool> pool_;
  std::unique_ptr<Connection> connection_;
};

class Pool : public std::enable_shared_from_this<Pool> {
 public:
  Pool(std::string_view url, Options options);

  /// Waits by blocking. Throws DatabaseError: pool_timeout, closed.
  [[nodiscard]] Lease acquire();

  /// Somebody who waits in a way of their own.
  struct Waiter {
    enum class State { waiting, granted, closed, left } state = State::waiting;
    std::unique_ptr<Connection> connection{};
    /// Called once, from any thread and with the pool locked, when `state` changes.
    std::function<void()> wake{};
    std::list<Waiter*>::iterator place{};
  };
  /// True if there is something to wait for. Where a connection is free, or the pool closed, it is
  /// over at once, without a call of `wake`.
  [[nodiscard]] bool enter(Waiter& waiter);
  /// Stops waiting, if it is not over yet; `waiter.state` says how it ended.
  void leave(Waiter& waiter);

  void give_back(std::unique_ptr<Connection> connection) noexcept;
  void close() noexcept;

  [[nodiscard]] std::unique_ptr<Connection> open() const;
  [[nodiscard]] const Options& options() const noexcept { return options_; }
  [[nodiscard]] Backend backend() const noexcept { return target_.backend; }
  [[nodiscard]] bool in_memory() const noexcept { return target_.in_memory(); }

 private:
  [[nodiscard]] bool enter_locked(Waiter& waiter);

  const Target target_;
  const Options options_;
  std::mutex mutex_;
  bool closed_ = false;
  /// Those that nobody has; the last was used last. A null one has yet to be opened.
  std::vector<std::unique_ptr<Connection>> free_;
  std::list<Waiter*> waiting_;
};

}  // namespace webtool::db
