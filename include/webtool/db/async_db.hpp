// A database for coroutines. A session is a function that runs from begin to commit on a thread of
// the pool: one hop there and one back, whatever it does, and no transaction that stays open while
// a coroutine waits for something else.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <webtool/core/awaitable.hpp>
#include <webtool/db/options.hpp>
#include <webtool/db/session.hpp>

namespace webtool::db {

/// May be used from many threads and io_contexts at once. It has a thread for each connection, so
/// that work which has a connection never waits for a thread, and no io_context ever blocks.
class AsyncDB {
 public:
  /// See SyncDB for the URL.
  explicit AsyncDB(std::string_view url, Options options = {});
  AsyncDB(const AsyncDB&) = delete;
  AsyncDB& operator=(const AsyncDB&) = delete;
  /// As close, and waits for the sessions that run.
  ~AsyncDB();

  /// Begins a session, calls `work(session)` with it on a thread of the pool, and gives what that
  /// returns or throws. What `work` does not commit is rolled back.
  ///
  /// Waiting for a connection ends with `Error::pool_timeout` after `Options::acquire_timeout`, or
  /// when the caller is cancelled (then with Asio's operation_aborted). Once `work` has begun it is
  /// carried through: only then does a cancelled caller learn of it.
  template <class Work>
  [[nodiscard]] awaitable<std::invoke_result_t<Work&, Session&>> run(
      Work&& work, Access access = Access::read_write) {
    // GCC 12 destroys a temporary of a co_await expression twice.
    static_assert(std::is_lvalue_reference_v<Work> || std::is_trivially_destructible_v<Work>,
                  "name a lambda that captures by value first, then pass the name");
    using Result = std::invoke_result_t<Work&, Session&>;
    return run_function(std::function<Result(Session&)>(std::forward<Work>(work)), access);
  }

  /// As SyncDB::close.
  void close() noexcept;

  [[nodiscard]] Backend backend() const noexcept;

 private:
  template <class Result>
  awaitable<Result> run_function(std::function<Result(Session&)> work, Access access) {
    std::optional<Result> result;
    const std::function<void(Session&)> keep = [&](Session& session) {
      result.emplace(work(session));
    };
    co_await run_function(keep, access);
    co_return std::move(*result);
  }
  awaitable<void> run_function(std::function<void(Session&)> work, Access access);

  std::shared_ptr<class AsyncState> state_;
};

}  // namespace webtool::db
