// Runs coroutines to their end from a test's plain code.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include <webtool/core/awaitable.hpp>

namespace webtool::test {

/// One thread's event loop. Not `context.run()`: an idle Redis connection always has a read
/// pending.
class Loop {
 public:
  template <class T>
  T run(awaitable<T> work) {
    std::vector<awaitable<T>> one;
    one.push_back(std::move(work));
    auto results = run_all(std::move(one));
    return std::move(results.front());
  }

  void run(awaitable<void> work) {
    std::optional<std::exception_ptr> outcome;
    boost::asio::co_spawn(context_, std::move(work),
                          [&](std::exception_ptr error) { outcome = error; });
    run_until([&] { return outcome.has_value(); });
    if (*outcome) std::rethrow_exception(*outcome);
  }

  /// All at once; the results in the order of the works. Rethrows the first exception once all
  /// ended.
  template <class T>
  std::vector<T> run_all(std::vector<awaitable<T>> works) {
    std::vector<std::optional<T>> results(works.size());
    std::exception_ptr first_error;
    std::size_t ended = 0;
    for (std::size_t i = 0; i < works.size(); ++i) {
      const auto keep = [&, i](std::exception_ptr error, T value) {
        if (error && !first_error) first_error = error;
        results[i] = std::move(value);
        ++ended;
      };
      boost::asio::co_spawn(context_, std::move(works[i]), keep);
    }
    run_until([&] { return ended == works.size(); });
    if (first_error) std::rethrow_exception(first_error);
    std::vector<T> values;
    for (auto& result : results) values.push_back(std::move(*result));
    return values;
  }

  /// Starts a coroutine, or a function that makes one. An exception of it leaves the function of
  /// this class that runs it.
  template <class Work>
  void spawn(Work work) {
    boost::asio::co_spawn(context_, std::move(work), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  }

  /// Runs one handler after another until `done()`.
  template <class Done>
  void run_until(Done done) {
    while (!done()) {
      context_.restart();
      context_.run_one();
    }
  }

  /// Runs what is ready.
  void poll() {
    context_.restart();
    context_.poll();
  }

  /// Runs until nothing is left to do.
  void run_to_end() {
    context_.restart();
    context_.run();
  }

  boost::asio::io_context& context() { return context_; }

 private:
  boost::asio::io_context context_{1};
};

}  // namespace webtool::test
