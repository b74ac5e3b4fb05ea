// Decisions of the limiters: in memory by threads and by how many identities there are, with the
// bytes of one; on Redis beside redis-benchmark running the same script.
#include <malloc.h>

#include <latch>
#include <thread>

#include <webtool/auth/store_tag.hpp>
#include <webtool/throttle/in_memory_limiter.hpp>
#include <webtool/throttle/redis_limiter.hpp>

#include <lua/throttle_decide.hpp>

#include "redis_peer.hpp"
#include "support/run.hpp"
#include "throttle/layout.hpp"

using namespace webtool;
using namespace webtool::bench;
using namespace std::chrono_literals;
using throttle::Algorithm;

namespace {

throttle::LimitRule rule(std::uint32_t max_requests, std::chrono::microseconds interval,
                         Algorithm algorithm = Algorithm::sliding_window) {
  throttle::LimitRule rule;
  rule.max_requests = max_requests;
  rule.interval = interval;
  rule.algorithm = algorithm;
  return rule;
}

std::vector<std::string> make_subjects(int count) {
  std::vector<std::string> subjects;
  for (int i = 0; i < count; ++i) subjects.push_back(fmt::format("user{:08}@example.org", i));
  return subjects;
}

// Decisions a second of all threads together.
double in_memory(throttle::BaseLimiter& limiter, const throttle::Policy& policy,
                 const std::vector<std::string>& subjects, int threads) {
  constexpr int decisions = 1'000'000;
  const auto work = [&](int thread) -> awaitable<void> {
    throttle::Attempt one = attempt(policy, {"user", ""});
    auto at = static_cast<std::size_t>(thread) * 31;
    for (int i = 0; i < decisions; ++i) {
      at = (at + 7919) % subjects.size();
      one.identity.subject = subjects[at];
      (void)co_await limiter.decide(one);
    }
  };
  std::latch start(threads + 1);
  std::vector<std::thread> running;
  for (int thread = 0; thread < threads; ++thread)
    running.emplace_back([&, thread] {
      boost::asio::io_context context(1);
      boost::asio::co_spawn(context, work(thread), [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
      start.arrive_and_wait();
      context.run();
    });
  start.arrive_and_wait();
  const auto begun = std::chrono::steady_clock::now();
  for (auto& thread : running) thread.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  return threads * decisions / took.count();
}

std::size_t bytes_in_use() {
  return ::mallinfo2().uordblks + ::mallinfo2().hblkhd;
}

void measure_memory(const std::string& name, const std::vector<throttle::LimitRule>& rules) {
  const throttle::Policy policy("GET /", rules);
  for (const int count : {1, 1'000'000}) {
    const auto subjects = make_subjects(count);
    const auto before = bytes_in_use();
    throttle::InMemoryLimiterOptions options;
    options.max_entries = 2'000'000;
    throttle::InMemoryLimiter limiter(options);
    in_memory(limiter, policy, subjects, 1);  // everybody is known
    const auto each = count == 1 ? 0 : (bytes_in_use() - before) / limiter.size();
    for (const int threads : {1, 2})
      fmt::print("{:<34}{:>12}{:>10}{:>14.0f}{:>12}\n", name, count, threads,
                 in_memory(limiter, policy, subjects, threads), each);
    std::fflush(stdout);
  }
}

throttle::RedisLimiterOptions asks_always() {
  throttle::RedisLimiterOptions options;
  options.remembered_denials = 0;
  return options;
}

// The script as if it had been called with that argument.
std::string with_argument(int number, std::string_view bytes) {
  const auto line_end = lua::throttle_decide.find('\n') + 1;
  std::string text(lua::throttle_decide.substr(0, line_end));
  text += fmt::format("ARGV[{}] = '", number);
  for (const unsigned char byte : bytes) text += fmt::format("\\{:03}", byte);
  text += "'\n";
  return text.append(lua::throttle_decide.substr(line_end));
}

// One decision for each of so many identities in turn, all of whose rings have been full once. That
// many have room enough: nearly all requests are admitted, which costs more than denying.
Operation decide(test::RedisServer& server, const std::string& name,
                 const std::vector<throttle::LimitRule>& rules, int identities) {
  const auto policy = std::make_shared<const throttle::Policy>("GET /", rules);
  const auto subjects = std::make_shared<const std::vector<std::string>>(make_subjects(identities));
  const auto prepare = [policy, subjects](cache::RedisCache& cache) -> Work {
    const auto limiter = std::make_shared<throttle::RedisLimiter>(cache, asks_always());
    const auto next = std::make_shared<std::size_t>(0);
    return [policy, subjects, limiter, next]() -> awaitable<bool> {
      *next = (*next + 7919) % subjects->size();
      const auto one = attempt(*policy, {"user", (*subjects)[*next]});
      const auto decision = co_await limiter->decide(one);
      co_return !decision.outcomes.empty();
    };
  };
  // The peer has keys of its own, as long as ours, and the script with the group written into it:
  // redis-benchmark sends no zero bytes.
  const auto& group = policy->groups().front();
  const auto sha1 =
      *server.command({"SCRIPT", "LOAD", with_argument(10, group.layout->packed)}).string();
  const auto command = [&](const std::string& number, const std::string& times) {
    return std::vector<std::string>{
        "EVALSHA", sha1,         "1",   "wt:{benchmark-" + number + "}:limit:user:" + group.id,
        "",        "4294967295", times, "all",
        "charge",  "",           "",    "",
        "",        "group"};
  };
  const auto most = std::to_string(rules.front().max_requests);
  test::Loop loop;
  cache::RedisCache cache("unix://" + server.unix_socket());
  throttle::RedisLimiter limiter(cache, asks_always());
  for (int i = 0; i < identities; ++i) {
    server.command(command(fmt::format("{:012}", i), most));
    auto all = attempt(*policy, {"user", (*subjects)[static_cast<std::size_t>(i)]});
    all.times = rules.front().max_requests;
    (void)loop.run(limiter.decide(all));
  }
  return {name, prepare, command("__rand_int__", "1"), identities};
}

void measure_redis() {
  test::RedisServer server;
  fmt::print("\n");
  print_redis_heading();
  const auto each = [&](const std::string& name, const std::vector<throttle::LimitRule>& rules,
                        int identities) {
    const auto operation = decide(server, name, rules, identities);
    compare(server, operation, 50, 1, 50, 100'000);
    compare(server, operation, 1'000, 20, 50, 200'000);
    server.command({"FLUSHALL"});
  };
  each("10 a second", {rule(10, 1s)}, 50'000);
  each("1,000 a second", {rule(1'000, 1s)}, 1'000);
  each("100,000 a second", {rule(100'000, 1s)}, 20);
  each("10 a second, bucket", {rule(10, 1s, Algorithm::gcra)}, 50'000);
  each("10, 50, 200", {rule(10, 1s), rule(50, 10s), rule(200, 60s)}, 50'000);
}

}  // namespace

int main() {
  fmt::print("{:<34}{:>12}{:>10}{:>14}{:>12}\n", "InMemoryLimiter", "identities", "threads",
             "decisions/s", "bytes each");
  measure_memory("10 in 10 s", {rule(10, 10s)});
  measure_memory("10 in 10 s, bucket", {rule(10, 10s, Algorithm::gcra)});
  measure_memory("10 in 10 s and 2 more", {rule(10, 10s), rule(100, 60s), rule(500, 1h)});
  measure_redis();
}
