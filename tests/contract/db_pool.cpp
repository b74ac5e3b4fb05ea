// What the pool promises to many who ask at once, and to those who ask for too much.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include "contract/db_places.hpp"

namespace webtool::db {
namespace {

using namespace std::chrono_literals;

// Without end, on both.
constexpr auto endless =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i > 0)"
    " SELECT count(*) FROM n";

template <class Place>
class DbPool : public DbContract<Place> {
 protected:
  /// Runs `while_held` while another thread's session holds a connection of `db`.
  template <class Database, class Work>
  static void hold_one(Database& db, Work while_held) {
    std::promise<void> held, enough;
    std::thread holder([&] {
      db.run(
          [&](Session&) {
            held.set_value();
            enough.get_future().wait();
          },
          Access::read_only);
    });
    held.get_future().wait();
    while_held();
    enough.set_value();
    holder.join();
  }
  static void read(Session& session) { (void)session.query<int>("SELECT 1"); }
};
TYPED_TEST_SUITE(DbPool, Places);

TYPED_TEST(DbPool, RunsDryAtTheDeadline) {
  Options options;
  options.pool_size = 1;
  options.acquire_timeout = 20ms;
  auto db = this->open(options);
  this->hold_one(db, [&] {
    for (int i = 0; i < 3; ++i)
      EXPECT_DB_ERROR(Error::pool_timeout, db.run(this->read, Access::read_only), 0);
  });
  db.run(this->read, Access::read_only);
}

TYPED_TEST(DbPool, ServesWhoeverWaits) {
  Options options;
  options.pool_size = 1;
  auto db = this->open(options);
  std::atomic<int> served = 0;
  std::vector<std::thread> waiting;
  this->hold_one(db, [&] {
    for (int i = 0; i < 5; ++i)
      waiting.emplace_back([&] {
        db.run([&](Session& session) {
          this->read(session);
          ++served;
        });
      });
    EXPECT_EQ(served, 0);
  });
  for (auto& thread : waiting) thread.join();
  EXPECT_EQ(served, 5);
}

TYPED_TEST(DbPool, LosesNothingWithManyAtOnce) {
  this->make_items();
  this->db_.run([&](Session& session) {
    session.execute("INSERT INTO items (id, name, size) VALUES (1, 'counter', 0)");
    session.commit();
  });
  constexpr int sessions = 200;
  Options options;
  options.acquire_timeout = 60s;
  options.sqlite_busy_timeout = 60s;
  auto db = this->open(options);
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < sessions; ++i)
    threads.emplace_back([&, i] {
      try {
        db.run([&](Session& session) {
          const auto lock = session.backend() == Backend::postgresql ? " FOR UPDATE" : "";
          const auto size = std::get<0>(
              *session.query_one<int>(std::string("SELECT size FROM items WHERE id = 1") + lock));
          session.execute("UPDATE items SET size = :size WHERE id = 1", {{"size", size + 1}});
          if (i % 2 == 0) session.commit();
        });
      } catch (const std::exception& error) {
        ++failed;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  const auto counted = this->db_.run([](Session& session) {
    return std::get<0>(*session.query_one<int>("SELECT size FROM items WHERE id = 1"));
  });
  EXPECT_EQ(counted, sessions / 2);
}

TYPED_TEST(DbPool, StopsAStatementThatTakesTooLong) {
  Options options;
  options.statement_timeout = 50ms;
  auto db = this->open(options);
  db.run([](Session& session) {
    EXPECT_DB_ERROR(Error::statement_timeout, session.query<std::int64_t>(endless));
    EXPECT_DB_ERROR(Error::transaction_failed, session.commit(), 0);
  });
  db.run(this->read);
}

TYPED_TEST(DbPool, ClosesForGood) {
  Options options;
  options.pool_size = 1;
  auto db = this->open(options);
  std::thread waiting;
  this->hold_one(db, [&] {
    std::promise<void> asks;
    waiting = std::thread([&] {
      asks.set_value();
      EXPECT_DB_ERROR(Error::closed, db.run(this->read), 0);
    });
    asks.get_future().wait();
    db.db.close();
    EXPECT_DB_ERROR(Error::closed, db.run(this->read), 0);
  });
  waiting.join();
  EXPECT_DB_ERROR(Error::closed, db.run(this->read), 0);
}

TYPED_TEST(DbPool, AConnectionThatComesBackAfterCloseIsClosed) {
  const auto open_now = [&]() -> std::ptrdiff_t {
    if constexpr (requires { this->where_.folder; }) {
      const auto file = std::filesystem::canonical(this->where_.folder.path()) / "db";
      const std::filesystem::directory_iterator files("/proc/self/fd");
      return std::count_if(begin(files), end(files), [&](const auto& entry) {
        std::error_code gone;
        return std::filesystem::read_symlink(entry.path(), gone) == file;
      });
    } else {
      return this->db_.run([](Session& session) {
        return std::get<0>(*session.query_one<int>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"));
      });
    }
  };
  (void)open_now();  // which may itself open one
  const auto before = open_now();
  auto db = this->open();
  this->hold_one(db, [&] {
    EXPECT_EQ(open_now(), before + 1);
    db.db.close();
    EXPECT_EQ(open_now(), before + 1);
  });
  // PostgreSQL takes a moment to notice.
  const auto give_up = std::chrono::steady_clock::now() + 20s;
  while (open_now() != before && std::chrono::steady_clock::now() < give_up) continue;
  EXPECT_EQ(open_now(), before);
}

// Coroutines

template <class Where>
class DbCoroutines : public testing::Test {
 protected:
  Where where_;
  test::Loop loop_;
  boost::asio::io_context& context_ = loop_.context();

  Options one() const {
    Options options;
    options.pool_size = 1;
    return options;
  }
};
using Wheres = testing::Types<OnSqlite, OnPostgresql>;
TYPED_TEST_SUITE(DbCoroutines, Wheres);

TYPED_TEST(DbCoroutines, TheEventLoopGoesOn) {
  AsyncDB db(this->where_.url(), this->one());
  // The session ends when a handler of the very io_context that waits for it has run.
  std::promise<void> loop_goes_on;
  boost::asio::post(this->context_,
                    [&] { boost::asio::post(this->context_, [&] { loop_goes_on.set_value(); }); });
  const auto work = [&](Session&) { loop_goes_on.get_future().wait(); };
  this->loop_.run(db.run(work));
}

TYPED_TEST(DbCoroutines, ManyOnOneThread) {
  AsyncDB db(this->where_.url());
  std::atomic<int> at_once = 0, most = 0;
  const auto work = [&](Session& session) {
    most = std::max<int>(most, ++at_once);
    const auto one = std::get<0>(*session.query_one<int>("SELECT 1"));
    --at_once;
    return one;
  };
  std::vector<awaitable<int>> works;
  for (int i = 0; i < 200; ++i) works.push_back(db.run(work, Access::read_only));
  for (const int one : this->loop_.run_all(std::move(works))) EXPECT_EQ(one, 1);
  EXPECT_LE(most, 5);
}

TYPED_TEST(DbCoroutines, CancelledWhileWaiting) {
  AsyncDB db(this->where_.url(), this->one());
  std::promise<void> enough;
  bool held_ended = false;
  std::exception_ptr outcome;
  bool ran = false;
  boost::asio::cancellation_signal cancel;
  const auto hold = [&](Session&) { enough.get_future().wait(); };
  const auto work = [&](Session&) { ran = true; };
  boost::asio::co_spawn(this->context_, db.run(hold),
                        [&](std::exception_ptr) { held_ended = true; });
  boost::asio::co_spawn(
      this->context_, db.run(work),
      boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr error) {
        outcome = error;
        enough.set_value();
      }));
  boost::asio::post(this->context_, [&] { cancel.emit(boost::asio::cancellation_type::terminal); });
  this->context_.run();
  EXPECT_TRUE(held_ended);
  EXPECT_FALSE(ran);
  ASSERT_TRUE(outcome);
  try {
    std::rethrow_exception(outcome);
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), boost::asio::error::operation_aborted);
  }
  // Nothing was lost by it.
  const auto again = [](Session& session) { return session.query<int>("SELECT 1").size(); };
  EXPECT_EQ(this->loop_.run(db.run(again)), 1u);
}

TYPED_TEST(DbCoroutines, CancelledTooLate) {
  AsyncDB db(this->where_.url(), this->one());
  std::promise<void> began, cancelled;
  bool done = false;
  boost::asio::cancellation_signal cancel;
  const auto work = [&](Session& session) {
    began.set_value();
    cancelled.get_future().wait();
    session.execute("CREATE TABLE done (id INTEGER)");
    session.commit();
  };
  boost::asio::co_spawn(this->context_, db.run(work),
                        boost::asio::bind_cancellation_slot(
                            cancel.slot(), [&](std::exception_ptr error) { done = !error; }));
  boost::asio::post(this->context_, [&] {
    began.get_future().wait();
    cancel.emit(boost::asio::cancellation_type::terminal);
    cancelled.set_value();
  });
  this->context_.run();
  EXPECT_TRUE(done);
  const auto look = [](Session& session) {
    return session.query<int>("SELECT id FROM done").size();
  };
  EXPECT_EQ(this->loop_.run(db.run(look)), 0u);
}

TYPED_TEST(DbCoroutines, TheEventLoopGoesAway) {
  AsyncDB db(this->where_.url(), this->one());
  std::promise<void> began;
  std::atomic<bool> finished = false;
  std::string in_the_frame;
  {
    boost::asio::io_context context(1);
    const auto work = [&](Session& session) {
      began.set_value();
      (void)session.query<int>("SELECT 1");
      in_the_frame = "still there";
      finished = true;
    };
    const auto never = [&](Session&) {};
    boost::asio::co_spawn(context, db.run(work), [](std::exception_ptr) {});
    boost::asio::co_spawn(context, db.run(never), [](std::exception_ptr) {});
    context.poll();
    began.get_future().wait();
  }
  EXPECT_TRUE(finished);
  const auto again = [](Session& session) { return session.query<int>("SELECT 1").size(); };
  EXPECT_EQ(this->loop_.run(db.run(again)), 1u);
}

TYPED_TEST(DbCoroutines, TheDatabaseGoesAway) {
  auto db = std::make_unique<AsyncDB>(this->where_.url(), this->one());
  int done = 0, closed = 0;
  const auto count = [&](std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
      ++done;
    } catch (const DatabaseError& problem) {
      closed += problem.error() == Error::closed ? 1 : 0;
    }
  };
  const auto work = [](Session& session) { (void)session.query<int>("SELECT 1"); };
  for (int i = 0; i < 3; ++i) boost::asio::co_spawn(this->context_, db->run(work), count);
  this->context_.poll_one();
  this->context_.poll_one();
  this->context_.poll_one();
  db.reset();
  this->context_.restart();
  this->context_.run();
  EXPECT_EQ(done + closed, 3);
  EXPECT_GE(closed, 2);
}

}  // namespace
}  // namespace webtool::db
