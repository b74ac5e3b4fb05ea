#include <webtool/throttle/limit_middleware.hpp>

#include <spdlog/spdlog.h>

#include <atomic>
#include <utility>

#include <webtool/cache/error.hpp>
#include <webtool/throttle/in_memory_limiter.hpp>

#include "throttle/rate_limit_headers.hpp"

namespace webtool::throttle {
namespace {

using auth::RequestView;

// As whom a request is charged. Attempts made from it point into it.
struct Caller {
  std::optional<auth::PendingAuth> user{};
  std::string address{};
  std::string session{};  // of the anonymous; empty where they have none
  bool has_cookie = false;
  std::optional<auth::AnnoSession> new_cookie{};
};

void refuse(Verdict& verdict, unsigned status, std::string body) {
  verdict.passed = false;
  verdict.status = status;
  verdict.body = std::move(body);
  verdict.headers.push_back({"content-type", "application/problem+json"});
  verdict.headers.push_back({"cache-control", "no-store"});
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

  // Who has a good token, as far as that can be told before the limiter is asked.
  awaitable<std::optional<auth::PendingAuth>> find_user(const RequestView& request) {
    auto* backend = options.auth_backend;
    if (backend == nullptr) co_return std::nullopt;
    auto begun = backend->begin(request);
    if (begun && begun->has_error()) co_return std::nullopt;
    if (begun && (!(*begun)->session || limiter.checks(*(*begun)->session)))
      co_return std::move(**begun);
    try {
      auto auth = co_await backend->authenticate(request);
      if (auth.has_error()) co_return std::nullopt;
      auth::PendingAuth known;
      known.auth = std::move(*auth);
      co_return known;
    } catch (const cache::StoreUnavailable&) {
      // Authentication fails closed: nobody is known. A guard that must know says 503.
      co_return std::nullopt;
    }
  }

  void find_anonymous(const RequestView& request, Caller& caller) const {
    caller.user.reset();
    caller.address = auth::address_identity(options.client_address.of(request));
    const auto* backend = options.anno_backend;
    if (backend == nullptr) return;
    const auto known = backend->read(request);
    caller.has_cookie = known.has_value();
    const auto session = caller.has_cookie ? *known : backend->issue();
    caller.session = session.id;
    if (!caller.has_cookie || session.renew) caller.new_cookie = session;
  }

  static Attempt attempt_of(const Caller& caller, const Policy& policy, RuleSet rules) {
    Attempt attempt;
    attempt.rules = rules;
    if (caller.user) {
      attempt.identity = {"user", caller.user->auth.identifier};
      if (caller.user->session) attempt.session = &*caller.user->session;
      for (const auto& group : policy.groups()) attempt.counters.push_back({&group, {}});
      return attempt;
    }
    attempt.identity = {"ip", caller.address};
    const bool has_sessions = !caller.session.empty();
    for (const auto& group : policy.groups()) {
      if (has_sessions) attempt.counters.push_back({&group, caller.session});
      if (!caller.has_cookie) attempt.counters.push_back({&group, {}});
    }
    if (has_sessions)
      for (const auto& group : policy.address_groups()) attempt.counters.push_back({&group, {}});
    return attempt;
  }

  static RuleSet rules_of(const Caller& caller, const Policy& policy, RuleSet rules) {
    return caller.user ? policy.for_user(rules, caller.user->auth.scope) : policy.for_anno(rules);
  }

  // Nothing where the store fails.
  awaitable<std::optional<Decision>> ask_store(const Attempt& attempt) {
    try {
      auto decision = co_await limiter.decide(attempt);
      if (is_degraded.load(std::memory_order_relaxed) && is_degraded.exchange(false))
        spdlog::info("webtool: limits are counted in the store again");
      co_return decision;
    } catch (const cache::StoreUnavailable& error) {
      if (!is_degraded.exchange(true))
        spdlog::warn(
            "webtool: the store of limits is unavailable ({}); each rule does what it is "
            "set to do then",
            error.code().message());
      co_return std::nullopt;
    }
  }

  // What the rules say by themselves while the store is down. The user's session has not been
  // looked at: good enough to know whom to charge, not to let anyone in.
  awaitable<Verdict> do_without_store(Attempt attempt, const Policy& policy) {
    Verdict verdict;
    if (policy.that_do(attempt.rules, OnStoreFailure::deny) != 0) {
      verdict.headers.push_back({"retry-after", "1"});
      refuse(verdict, 503, R"({"title":"Service Unavailable","status":503})");
      co_return verdict;
    }
    attempt.rules = policy.that_do(attempt.rules, OnStoreFailure::local);
    attempt.session = nullptr;
    const auto decision = co_await local.decide(attempt);
    answer(decision, verdict);
    co_return verdict;
  }

  void answer(const Decision& decision, Verdict& verdict) const {
    const FieldStyles styles{options.ratelimit_headers, options.x_ratelimit_headers};
    append_fields(decision, styles, verdict.headers);
    if (!decision.allowed) refuse(verdict, 429, quota_exceeded(decision));
  }

  awaitable<Verdict> check(const RequestView& request, const Policy& policy) {
    Verdict verdict;
    const auto rules = policy.rules_for(request.method());
    if (rules == 0 || !is_enabled.load(std::memory_order_relaxed)) co_return verdict;
    Caller caller;
    caller.user = co_await find_user(request);
    if (!caller.user) find_anonymous(request, caller);

    std::optional<Decision> decision;
    auto counting = rules_of(caller, policy, rules);
    auto attempt = attempt_of(caller, policy, counting);
    if (counting != 0) decision = co_await ask_store(attempt);
    if (decision && decision->session_ended) {
      find_anonymous(request, caller);
      counting = rules_of(caller, policy, rules);
      attempt = attempt_of(caller, policy, counting);
      decision.reset();
      if (counting != 0) decision = co_await ask_store(attempt);
    }
    if (counting == 0) co_return verdict;
    if (decision) {
      answer(*decision, verdict);
      if (caller.user && (verdict.passed || !caller.user->session))
        verdict.auth = std::move(caller.user->auth);
    } else {
      verdict = co_await do_without_store(std::move(attempt), policy);
      if (caller.user && !caller.user->session) verdict.auth = std::move(caller.user->auth);
    }
    if (caller.new_cookie)
      verdict.headers.push_back(
          {"set-cookie", options.anno_backend->set_cookie(*caller.new_cookie)});
    co_return verdict;
  }
};

LimitMiddleware::LimitMiddleware(BaseLimiter& limiter, LimitMiddlewareOptions options)
    : state_(std::make_unique<State>(limiter, std::move(options))) {}

LimitMiddleware::~LimitMiddleware() = default;

Policy LimitMiddleware::policy(std::string_view route, std::vector<LimitRule> rules) const {
  const auto* backend = state_->options.anno_backend;
  return Policy(route, std::move(rules), backend != nullptr ? backend->ip_factor() : 1);
}

awaitable<Verdict> LimitMiddleware::check(const auth::RequestView& request, const Policy& policy) {
  return state_->check(request, policy);
}

void LimitMiddleware::set_enabled(bool enabled) noexcept {
  state_->is_enabled = enabled;
}

awaitable<result<auth::AuthData>> LimitMiddleware::authenticate(const auth::RequestView& request) {
  if (state_->options.auth_backend == nullptr) co_return auth::TokenError::no_credentials;
  co_return co_await state_->options.auth_backend->authenticate(request);
}

const LimitMiddlewareOptions& LimitMiddleware::options() const noexcept {
  return state_->options;
}

}  // namespace webtool::throttle
