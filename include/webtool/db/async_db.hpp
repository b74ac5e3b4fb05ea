// A database for coroutines. A session is a function that runs from begin to commit on a thread of
// the pool. It switches threads only twice, and no transaction stays open while a coroutine waits
// for something else.
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

/// Many threads and io_contexts may use one AsyncDB at the same time. It has one thread for each
/// connection, so work with a connection never waits for a thread, and no io_context ever blocks.
class AsyncDB {
 public:
  /// SyncDB describes the URL.
  explicit AsyncDB(std::string_view url, Options options = {});
  AsyncDB(const AsyncDB&) = delete;
  AsyncDB& operator=(const AsyncDB&) = delete;
  /// Like close, but also waits for the running sessions.
  ~AsyncDB();

  /// Begins a session and calls `work(session)` on a thread of the pool. Returns or throws the
  /// result of `work`. Uncommitted changes are rolled back.
  ///
  /// Waiting for a connection ends with `Error::pool_timeout` after `Options::acquire_timeout`, or
  /// with Asio's operation_aborted when the caller is cancelled. After `work` has begun, it runs to
  /// its end, and a cancelled caller learns of the cancellation only then.
  template <class Work>
  [[nodiscard]] awaitable<std::invoke_result_t<Work&, Session&>> run(
      Work&& work, Access access = Access::read_write) {
    // GCC 12 destroys a temporary of a co_await expression twice.
    static_assert(std::is_lvalue_reference_v<Work> || std::is_trivially_destructible_v<Work>,
                  "store a lambda that captures by value in a variable, then pass the variable");
    using Result = std::invoke_result_t<Work&, Session&>;
    return run_function(std::function<Result(Session&)>(std::forward<Work>(work)), access);
  }

  /// Like SyncDB::close.
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
