// The connections of a database object. The pool limits their number and opens each when it is
// needed. A free connection goes to the caller that has waited longest.
//
// SOCI's own pool is not used. It opens every connection at once and cannot replace a dead
// connection. Waiting for it blocks a thread and cannot be cancelled.
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

/// The right to use one connection. The destructor returns it to the pool.
class Lease {
 public:
  Lease(std::shared_ptr<Pool> pool, std::unique_ptr<Connection> connection) noexcept;
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&&) = delete;
  ~Lease();

  /// Begins a transaction on the connection. Opens the connection if it is not open yet, and opens
  /// it again if it died while it was idle.
  void begin(Access access);
  [[nodiscard]] Connection& connection() noexcept { return *connection_; }
  [[nodiscard]] const Pool& pool() const noexcept { return *pool_; }
  /// Closes the connection, so that no other session gets it. The next lease opens a new
  /// connection.
  void discard() noexcept;

 private:
  std::shared_ptr<Pool> pool_;
  std::unique_ptr<Connection> connection_;
};

class Pool : public std::enable_shared_from_this<Pool> {
 public:
  Pool(std::string_view url, Options options);

  /// Blocks until a connection is free. Throws DatabaseError with pool_timeout or closed.
  [[nodiscard]] Lease acquire();

  /// A caller that waits without blocking in acquire().
  struct Waiter {
    enum class State { waiting, granted, closed, left } state = State::waiting;
    std::unique_ptr<Connection> connection{};
    /// Called once when `state` changes, from any thread and while the pool is locked.
    std::function<void()> wake{};
    std::list<Waiter*>::iterator place{};
  };
  /// Returns true if the caller has to wait. If a connection is free or the pool is closed, `state`
  /// is set at once, without a call of `wake`.
  [[nodiscard]] bool enter(Waiter& waiter);
  /// Ends the wait if it has not ended yet. `waiter.state` is the result.
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
  /// The free connections. The last was used most recently. A null entry is not open yet.
  std::vector<std::unique_ptr<Connection>> free_;
  std::list<Waiter*> waiting_;
};

}  // namespace webtool::db
