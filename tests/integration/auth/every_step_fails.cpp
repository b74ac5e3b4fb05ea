// Every store call of every operation fails in turn, before and after it has done its work. The
// caller gets StoreUnavailable, and what is in the store is a state that some order of whole
// operations could have left.
#include <gtest/gtest.h>

#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/in_memory_cache.hpp>
#include <webtool/cache/redis_cache.hpp>

#include "support/failing_cache.hpp"
#include "support/lossy_proxy.hpp"
#include "support/redis_server.hpp"
#include "support/run.hpp"

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;
using cache::StoreUnavailable;
using test::Fault;

// Where faults are made, and how many attempts the store makes of its own.

struct FailingMemory {
  cache::InMemoryCache memory;
  test::FailingCache cache{memory};
  std::unique_ptr<BaseJWTService> make(JWTServiceOptions options) {
    return std::make_unique<JWTService>(cache, std::move(options));
  }
  void arm(int nth, Fault fault) { cache.arm(nth, fault); }
  void disarm() { cache.disarm(); }
  bool struck() const { return cache.struck(); }
};

// A real Redis behind a wire that loses the n-th command, or its reply, and with it the connection.
template <class Service>
struct FailingRedis {
  test::RedisServer server;
  test::LossyProxy proxy{server.port()};
  cache::RedisCache cache{options(proxy.port())};
  static redis::Options options(std::uint16_t port) {
    redis::Options options;
    options.port = port;
    options.client_name = "";
    options.reconnect_delay_min = options.reconnect_delay_max = 1ms;
    options.breaker_failures = 1'000'000;
    options.command_timeout = 5s;
    return options;
  }
  std::unique_ptr<BaseJWTService> make(JWTServiceOptions service_options) {
    return std::make_unique<Service>(cache, std::move(service_options));
  }
  void arm(int nth, Fault fault) { proxy.arm(nth, fault == Fault::reply_lost); }
  void disarm() { proxy.disarm(); }
  bool struck() const { return proxy.struck(); }
};

template <class Where>
class EveryStepFails : public testing::Test {
 protected:
  void start(std::chrono::seconds grace) {
    JWTServiceOptions options;
    options.secret_key = "0123456789abcdef0123456789abcdef";
    options.rotation_grace = grace;
    service_ = where_.make(std::move(options));
  }
  template <class T>
  T run(awaitable<T> work) {
    return loop_.run(std::move(work));
  }
  TokenPair create() { return run(service_->create_token(Grant("123"))); }
  std::size_t living() { return run(service_->sessions("123")).size(); }
  bool lives(const TokenPair& pair) {
    return run(service_->validate_access_token(pair.access)).has_value() &&
           run(service_->validate_refresh_token(pair.refresh)).has_value();
  }

  /// Runs `prepare`, then `operation` with its n-th store call failing, then `verify`, for every n
  /// and both faults, until the operation makes no n-th call. `verify` is told whether it was done
  /// all the same.
  template <class Prepare, class Operation, class Verify>
  void in_every_step(Prepare prepare, Operation operation, Verify verify) {
    for (const auto fault : {Fault::refused, Fault::reply_lost}) {
      int failed = 0;
      for (int nth = 1; nth < 20; ++nth) {
        SCOPED_TRACE("call " + std::to_string(nth) +
                     (fault == Fault::refused ? " refused" : " without reply"));
        this->loop_.run(service_->end_sessions("123"));
        const auto prepared = prepare();
        where_.arm(nth, fault);
        bool done = true;
        try {
          operation(prepared);
        } catch (const StoreUnavailable&) {
          done = false;
          ++failed;
        }
        const bool struck = where_.struck();
        where_.disarm();
        verify(prepared, done);
        if (!struck) break;
        ASSERT_LT(nth, 19) << "the operation never got by without a failing call";
      }
      if constexpr (std::is_same_v<Where, FailingMemory>) {
        EXPECT_GT(failed, 0);
      }
    }
  }

  Where where_;
  std::unique_ptr<BaseJWTService> service_;
  test::Loop loop_;
};

using Stores =
    testing::Types<FailingMemory, FailingRedis<JWTService>, FailingRedis<RedisJWTService>>;
TYPED_TEST_SUITE(EveryStepFails, Stores);

TYPED_TEST(EveryStepFails, Create) {
  this->start(0s);
  this->in_every_step([] { return 0; }, [&](int) { this->create(); },
                      [&](int, bool done) {
                        const auto count = this->living();
                        // One that nobody has the tokens of does no harm.
                        EXPECT_LE(count, 1u);
                        EXPECT_TRUE(!done || count == 1);
                        EXPECT_TRUE(this->lives(this->create()));
                      });
}

TYPED_TEST(EveryStepFails, Validate) {
  this->start(0s);
  this->in_every_step(
      [&] { return this->create(); },
      [&](const TokenPair& pair) {
        EXPECT_TRUE(this->run(this->service_->validate_access_token(pair.access)).has_value());
        EXPECT_TRUE(this->run(this->service_->validate_refresh_token(pair.refresh)).has_value());
      },
      [&](const TokenPair& pair, bool) { EXPECT_TRUE(this->lives(pair)); });
}

TYPED_TEST(EveryStepFails, RotationWithGraceLosesNobody) {
  this->start(60s);
  TokenPair rotated;
  this->in_every_step(
      [&] { return this->create(); },
      [&](const TokenPair& old) {
        rotated = *this->run(this->service_->update_token(Grant(), old.refresh));
      },
      [&](const TokenPair& old, bool done) {
        // The client tries again with what it has, and there is one generation.
        const auto again = this->run(this->service_->update_token(Grant(), old.refresh));
        ASSERT_TRUE(again.has_value()) << again.error();
        EXPECT_TRUE(this->lives(*again));
        EXPECT_EQ(this->living(), 1u);
        if (done) {
          EXPECT_EQ(again->refresh, rotated.refresh);
        }
        EXPECT_FALSE(this->run(this->service_->validate_refresh_token(old.refresh)).has_value());
      });
}

TYPED_TEST(EveryStepFails, RotationWithoutGraceFailsSafe) {
  this->start(0s);
  this->in_every_step([&] { return this->create(); },
                      [&](const TokenPair& old) {
                        (void)this->run(this->service_->update_token(Grant(), old.refresh));
                      },
                      [&](const TokenPair& old, bool done) {
                        const auto again =
                            this->run(this->service_->update_token(Grant(), old.refresh));
                        if (again.has_value()) {
                          EXPECT_FALSE(done);  // it had not been spent
                          EXPECT_TRUE(this->lives(*again));
                          EXPECT_EQ(this->living(), 1u);
                        } else {
                          EXPECT_EQ(again.error(), TokenError::token_reused);
                          EXPECT_EQ(this->living(), 0u);
                        }
                      });
}

TYPED_TEST(EveryStepFails, ReuseEndsTheSessionInTheEnd) {
  this->start(0s);
  TokenPair current;
  this->in_every_step(
      [&] {
        const auto old = this->create();
        current = *this->run(this->service_->update_token(Grant(), old.refresh));
        return old;
      },
      [&](const TokenPair& old) {
        EXPECT_TRUE(this->run(this->service_->update_token(Grant(), old.refresh)).has_error());
      },
      [&](const TokenPair& old, bool done) {
        if (!done) {
          EXPECT_TRUE(this->run(this->service_->update_token(Grant(), old.refresh)).has_error());
        }
        EXPECT_FALSE(this->lives(current));
        EXPECT_EQ(this->living(), 0u);
      });
}

TYPED_TEST(EveryStepFails, Invalidate) {
  this->start(0s);
  this->in_every_step(
      [&] {
        this->create();
        return this->create();
      },
      [&](const TokenPair& pair) {
        (void)this->run(this->service_->invalidate_token(pair.refresh));
      },
      [&](const TokenPair& pair, bool done) {
        if (!done) (void)this->run(this->service_->invalidate_token(pair.refresh));
        EXPECT_FALSE(this->lives(pair));
        EXPECT_EQ(this->living(), 1u);  // the other one
      });
}

TYPED_TEST(EveryStepFails, InvalidateAll) {
  this->start(0s);
  this->in_every_step(
      [&] {
        this->create();
        return this->create();
      },
      [&](const TokenPair& pair) { (void)this->run(this->service_->invalidate_all(pair.refresh)); },
      [&](const TokenPair& pair, bool) {
        EXPECT_EQ(this->living(), this->lives(pair) ? 2u : 0u);  // all or none
      });
}

TYPED_TEST(EveryStepFails, Search) {
  this->start(0s);
  this->in_every_step([&] { return this->create(); },
                      [&](const TokenPair& pair) {
                        EXPECT_EQ(this->run(this->service_->search_token(pair.refresh))->size(),
                                  1u);
                      },
                      [&](const TokenPair& pair, bool) { EXPECT_TRUE(this->lives(pair)); });
}

}  // namespace
}  // namespace webtool::auth
