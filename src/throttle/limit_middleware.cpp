#include <webtool/throttle/limit_middleware.hpp>

#include <spdlog/spdlog.h>

#include <atomic>
#include <bit>
#include <chrono>
#include <utility>

#include <webtool/cache/error.hpp>
#include <webtool/throttle/in_memory_limiter.hpp>

#include "throttle/decide_all.hpp"
#include "throttle/rate_limit_headers.hpp"

namespace webtool::throttle {
namespace {

using auth::RequestView;
using std::chrono::steady_clock;

// The identities that a request is charged to. Attempts point into it, so it must outlive them.
struct Caller {
  std::optional<auth::AuthData> user{};
  std::optional<auth::SessionCheck> user_session{};  // the limiter must check that it is alive
  boost::system::error_code not_user{};  // why there is no user; empty if that is not certain
  bool is_certain = true;                // false if the store of sessions failed
  std::string address{};                 // empty if no rule needs it
  std::string session{};                 // of an anonymous client; empty if it has none
  bool has_cookie = false;               // the session comes from a good cookie
  std::vector<RuleKey> keys{};
  std::optional<auth::AnnoSession> new_cookie{};
};

void refuse(Verdict& verdict, unsigned status, std::string body) {
  verdict.passed = false;
  verdict.status = status;
  verdict.body = std::move(body);
  verdict.headers.push_back({"content-type", "application/problem+json"});
  verdict.headers.push_back({"cache-control", "no-store"});
}

void refuse_unavailable(Verdict& verdict) {
  verdict.headers.push_back({"retry-after", "1"});
  refuse(verdict, 503, R"({"title":"Service Unavailable","status":503})");
}

awaitable<result<auth::AuthData>> nobody() {
  co_return auth::TokenError::no_credentials;
}

// Reports the outcome of a session that the limiter has checked. A denial may come from memory,
// without a check of the session, so a denied request is not reported.
void report_session(const auth::SessionCheck& session, const Decision& decision) {
  if (session.observer == nullptr) return;
  if (decision.session_error) {
    session.observer->token_checked(decision.session_error);
  } else if (decision.allowed) {
    session.observer->token_checked({});
  }
}

// Reports the outcome of each of the `counting` rules. Without a decision, the store failed.
void report_rules(LimitObserver& observer, const std::optional<Decision>& decision,
                  RuleSet counting) {
  RuleSet refusing = 0, in_shadow = 0;
  if (decision) {
    for (const auto& outcome : decision->outcomes) {
      const auto& limit = *outcome.limit;
      if (!outcome.allowed) (limit.shadow ? in_shadow : refusing) |= RuleSet{1} << limit.rule;
    }
  }
  for (; counting != 0; counting &= counting - 1) {
    const auto rule = static_cast<std::size_t>(std::countr_zero(counting));
    const auto is_in = [rule](RuleSet set) { return (set >> rule & 1) != 0; };
    if (!decision) {
      observer.counted(rule, RuleOutcome::store_failed);
    } else if (is_in(refusing)) {
      observer.counted(rule, RuleOutcome::denied);
    } else if (decision->allowed) {
      observer.counted(rule, is_in(in_shadow) ? RuleOutcome::shadow_denied : RuleOutcome::allowed);
    }
  }
}

}  // namespace

struct LimitMiddleware::State {
  State(BaseLimiter& given_limiter, LimitMiddlewareOptions given)
      : limiter(given_limiter), options(std::move(given)) {}

  BaseLimiter& limiter;
  const LimitMiddlewareOptions options;
  InMemoryLimiter local{};
  std::atomic<bool> is_degraded{false};
  std::atomic<bool> is_enabled{true};

  // Finds the user of the token. If the limiter can check the token's session, the user is not
  // certain until the limiter has decided: that saves a round trip to the store.
  awaitable<void> find_user(const RequestView& request, Caller& caller) {
    auto* backend = options.auth_backend;
    if (backend == nullptr) {
      caller.not_user = auth::TokenError::no_credentials;
      co_return;
    }
    auto begun = backend->begin(request);
    if (begun && begun->has_error()) {
      caller.not_user = begun->error();
      co_return;
    }
    if (begun && (*begun)->claims) {
      auto& checked = **begun;
      if (!checked.session || limiter.checks(*checked.session)) {
        caller.user = auth::to_auth_data(std::move(*checked.claims));
        caller.user_session = std::move(checked.session);
        co_return;
      }
    }
    try {
      auto asking = begun ? backend->finish(std::move(**begun)) : backend->authenticate(request);
      auto auth = co_await std::move(asking);
      if (auth.has_error()) {
        caller.not_user = auth.error();
        co_return;
      }
      caller.user = std::move(*auth);
    } catch (const cache::StoreUnavailable&) {
      // Authentication fails closed: the user is unknown. A guard that requires a user answers 503.
      caller.is_certain = false;
    }
  }

  // Finds the address and the anonymous session, as far as `rules` need them.
  void find_client(const RequestView& request, const Policy& policy, RuleSet rules,
                   Caller& caller) const {
    const auto per_client = policy.with_per(rules, Per::client);
    if (caller.user && per_client == rules) return;
    caller.address = auth::address_identity(options.client_address.of(request));
    const auto* backend = options.anno_backend;
    if (caller.user || per_client == 0 || backend == nullptr) return;
    const auto known = backend->read(request);
    // An empty id means "no session", so the client would not be counted.
    caller.has_cookie = known.has_value() && !known->id.empty();
    const auto session = caller.has_cookie ? *known : backend->issue();
    caller.session = session.id;
    if (!caller.has_cookie || session.renew) caller.new_cookie = session;
  }

  static Attempts attempts_of(const Caller& caller, const Policy& policy, RuleSet rules) {
    Attempts attempts;
    if (caller.user) {
      Attempt as_user;
      as_user.rules = policy.with_per(rules, Per::client);
      as_user.identity = {"user", caller.user->identifier};
      if (caller.user_session) as_user.session = &*caller.user_session;
      for (const auto& group : policy.groups()) as_user.counters.push_back({&group, {}});
      if (as_user.rules != 0 || as_user.session) attempts.push_back(std::move(as_user));
      if (caller.address.empty()) return attempts;
    }
    Attempt at_address;
    at_address.rules = caller.user ? policy.with_per(rules, Per::address) : rules;
    if (at_address.rules == 0) return attempts;
    at_address.identity = {"ip", caller.address};
    if (!caller.user) count_anonymous(caller, policy, at_address);
    for (const auto& group : policy.per_address_groups())
      at_address.counters.push_back({&group, {}});
    attempts.push_back(std::move(at_address));
    return attempts;
  }

  // Moves the rules with a key from `rules` into an attempt for each key.
  static void take_keys(const Caller& caller, const Policy& policy, RuleSet& rules,
                        Attempts& attempts) {
    for (const auto& [keyed, key] : caller.keys) {
      if ((keyed & rules) == 0) continue;
      Attempt under_key;
      under_key.rules = keyed & rules;
      under_key.identity = {"key", key};
      for (const auto& group : policy.key_groups()) under_key.counters.push_back({&group, {}});
      attempts.push_back(std::move(under_key));
      rules &= ~keyed;
    }
  }

  // With a good cookie: the session, and the address with more room. Without one, the address
  // counts as one session too; otherwise a client could drop its cookie to get a new session each
  // time.
  static void count_anonymous(const Caller& caller, const Policy& policy, Attempt& attempt) {
    const bool has_session = !caller.session.empty();
    for (const auto& group : policy.groups()) {
      if (has_session) attempt.counters.push_back({&group, caller.session});
      if (!caller.has_cookie) attempt.counters.push_back({&group, {}});
    }
    if (has_session)
      for (const auto& group : policy.address_groups()) attempt.counters.push_back({&group, {}});
  }

  static RuleSet rules_of(const Caller& caller, const Policy& policy, RuleSet rules) {
    return caller.user ? policy.for_user(rules, caller.user->scope) : policy.for_anno(rules);
  }

  // Returns nothing if the store fails. Logs the failure once, and the recovery once.
  awaitable<std::optional<Decision>> ask_store(const Attempts& attempts) {
    try {
      auto decision = co_await decide_all(limiter, attempts);
      if (is_degraded.load(std::memory_order_relaxed) && is_degraded.exchange(false))
        spdlog::info("webtool: limits are counted in the store again");
      const auto* session = attempts.front().session;
      if (session) report_session(*session, decision);
      co_return decision;
    } catch (const cache::StoreUnavailable& error) {
      if (!is_degraded.exchange(true))
        spdlog::warn(
            "webtool: the store of limits is unavailable ({}); the on_store_failure of each rule "
            "applies",
            error.code().message());
      co_return std::nullopt;
    }
  }

  // Decides without the store, by the on_store_failure of each rule. The user's session was not
  // checked: the user is charged, but not authenticated.
  awaitable<Verdict> do_without_store(Attempts attempts, const Policy& policy, RuleSet counting) {
    Verdict verdict;
    if (policy.with_failure_policy(counting, OnStoreFailure::deny) != 0) {
      refuse_unavailable(verdict);
      co_return verdict;
    }
    for (auto& attempt : attempts) {
      attempt.rules = policy.with_failure_policy(attempt.rules, OnStoreFailure::local);
      attempt.session = nullptr;
    }
    const auto decision = co_await decide_all(local, attempts);
    answer(decision, verdict);
    co_return verdict;
  }

  void answer(const Decision& decision, Verdict& verdict) const {
    const FieldStyles styles{options.ratelimit_headers, options.x_ratelimit_headers};
    append_fields(decision, styles, verdict.headers);
    if (!decision.allowed) refuse(verdict, 429, quota_exceeded(decision));
  }

  awaitable<Verdict> check(const RequestView& request, const Policy& policy,
                           std::vector<RuleKey> keys) {
    Verdict verdict;
    const auto rules = policy.rules_for(request.method());
    if (rules == 0 || !is_enabled.load(std::memory_order_relaxed)) co_return verdict;
    LimitObserver* const observer = policy.observer();
    const auto began = observer ? steady_clock::now() : steady_clock::time_point();
    Caller caller;
    caller.keys = std::move(keys);
    co_await find_user(request, caller);
    // This client may be a user. If a rule for users denies during a store failure, the client must
    // not pass as an anonymous client.
    if (!caller.is_certain &&
        policy.with_failure_policy(policy.for_any_user(rules), OnStoreFailure::deny) != 0) {
      verdict.is_certain = false;
      refuse_unavailable(verdict);
      co_return verdict;
    }

    std::optional<Decision> decision;
    RuleSet counting = 0;
    Attempts attempts;
    // The limiter checks the session of the user's token in the step that charges the request. If
    // that session has ended, nothing was charged, and the second round decides for an anonymous
    // client. It has no session to check, so there is no third round.
    do {
      if (decision) {
        caller.user.reset();
        caller.user_session.reset();
        caller.not_user = decision->session_error;
        decision.reset();
      }
      // A rule with a key counts under that key only. Any other rule counts for the user, or for
      // the anonymous session and its address, or (Per::address) for the address.
      counting = rules_of(caller, policy, rules);
      if (counting == 0) break;
      Attempts under_keys;
      auto under_client = counting;
      take_keys(caller, policy, under_client, under_keys);
      find_client(request, policy, under_client, caller);
      attempts = attempts_of(caller, policy, under_client);
      for (auto& attempt : under_keys) attempts.push_back(std::move(attempt));
      decision = co_await ask_store(attempts);
    } while (decision && decision->session_error);
    if (counting != 0) {
      if (observer) report_rules(*observer, decision, counting);
      if (decision)
        answer(*decision, verdict);
      else
        verdict = co_await do_without_store(std::move(attempts), policy, counting);
    }
    verdict.auth_error = caller.not_user;
    // Without a decision, the limiter could not check the session. The session is in the same
    // store, so a guard must not ask again.
    verdict.is_certain = caller.is_certain && (decision || counting == 0 || !caller.user_session);
    // A denial may come from memory, without a check of the session. Only a request that passed
    // proves that the session is alive.
    if (caller.user && (!caller.user_session || (decision && verdict.passed)))
      verdict.auth = std::move(caller.user);
    if (counting == 0) co_return verdict;
    // A denied client gets no cookie. Otherwise each denial would give it another session.
    if (caller.new_cookie && verdict.passed)
      verdict.headers.push_back(
          {"set-cookie", options.anno_backend->set_cookie(*caller.new_cookie)});
    if (observer) observer->decided(steady_clock::now() - began);
    co_return verdict;
  }
};

LimitMiddleware::LimitMiddleware(BaseLimiter& limiter, LimitMiddlewareOptions options)
    : state_(std::make_unique<State>(limiter, std::move(options))) {}

LimitMiddleware::~LimitMiddleware() = default;

Policy LimitMiddleware::policy(std::string_view route, std::vector<LimitRule> rules) const {
  const auto& options = state_->options;
  const auto factor = options.anno_backend != nullptr ? options.anno_backend->ip_factor() : 1;
  Policy policy(route, std::move(rules), factor);
  if (options.observer) policy.observe(*options.observer);
  return policy;
}

awaitable<Verdict> LimitMiddleware::check(const auth::RequestView& request, const Policy& policy,
                                          std::vector<RuleKey> keys) {
  return state_->check(request, policy, std::move(keys));
}

void LimitMiddleware::set_enabled(bool enabled) noexcept {
  state_->is_enabled = enabled;
}

awaitable<result<auth::AuthData>> LimitMiddleware::authenticate(const auth::RequestView& request) {
  auto* backend = state_->options.auth_backend;
  return backend != nullptr ? backend->authenticate(request) : nobody();
}

const LimitMiddlewareOptions& LimitMiddleware::options() const noexcept {
  return state_->options;
}

}  // namespace webtool::throttle
