// webtool.throttle: the deciding part of the middleware.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <spdlog/spdlog.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <webtool/cache/error.hpp>
#include <webtool/throttle/apply_headers.hpp>
#include <webtool/throttle/in_memory_limiter.hpp>
#include <webtool/throttle/limit_middleware.hpp>

#include "anno_backend.hpp"
#include "asgi_answer.hpp"
#include "asgi_request.hpp"
#include "auth_values.hpp"
#include "backend.hpp"
#include "bindings.hpp"
#include "bridge/operation.hpp"
#include "client_address.hpp"
#include "values.hpp"

namespace webtool::python {
namespace {

using throttle::BaseLimiter;
using throttle::InMemoryLimiter;
using throttle::LimitRule;
using throttle::Policy;
using throttle::Verdict;

// Calls the backend, unless the middleware already knows the identity of the request.
class AskedOnce final : public auth::BaseBackend {
 public:
  /// `backend` may be null: then only requests with a known identity are authenticated.
  explicit AskedOnce(auth::BaseBackend* backend) : backend_(backend) {}

  awaitable<result<auth::AuthData>> authenticate(const auth::RequestView& request) override {
    const auto& known = static_cast<const AsgiRequest&>(request).known;
    if (known && !known->certain)
      throw cache::StoreUnavailable(
          make_error_code(boost::system::errc::resource_unavailable_try_again));
    if (known && known->auth) co_return *known->auth;
    if (known || backend_ == nullptr) co_return auth::TokenError::no_credentials;
    auto asking = backend_->authenticate(request);
    co_return co_await std::move(asking);
  }
  std::optional<result<auth::Checked>> begin(const auth::RequestView& request) override {
    if (static_cast<const AsgiRequest&>(request).known || backend_ == nullptr) return std::nullopt;
    return backend_->begin(request);
  }
  awaitable<result<auth::AuthData>> finish(auth::Checked checked) override {
    return backend_->finish(std::move(checked));
  }

 private:
  auth::BaseBackend* const backend_;
};

// The C++ part of the middleware, with the objects that it needs.
class Limits {
 public:
  Limits(BaseLimiter& limiter, nb::handle auth_backend, nb::handle anno_backend,
         auth::ClientAddress client_address, bool ratelimit_headers, bool x_ratelimit_headers)
      : poll(dynamic_cast<const InMemoryLimiter*>(&limiter) != nullptr ? Poll::now
                                                                       : Poll::together),
        backend_(to_backend(auth_backend)),
        anno_backend_(to_anno_backend(anno_backend)),
        middleware(limiter,
                   options(std::move(client_address), ratelimit_headers, x_ratelimit_headers)) {}

  const Poll poll;

 private:
  throttle::LimitMiddlewareOptions options(auth::ClientAddress client_address,
                                           bool ratelimit_headers, bool x_ratelimit_headers) {
    throttle::LimitMiddlewareOptions made;
    made.auth_backend = &backend_;
    made.anno_backend = anno_backend_.get();
    made.client_address = std::move(client_address);
    made.ratelimit_headers = ratelimit_headers;
    made.x_ratelimit_headers = x_ratelimit_headers;
    return made;
  }

  AskedOnce backend_;
  std::shared_ptr<const auth::BaseAnnoBackend> anno_backend_;

 public:
  throttle::LimitMiddleware middleware;
};

// The header fields to add to the answer; see throttle::apply_headers.
struct AnswerFields {
  std::vector<Verdict::Field> fields;
  bool cross_origin;  // an outer CORSMiddleware may add its fields later
};

// Browsers silently drop such a cookie, so every request looks like a new client's.
void warn_of_lost_cookies(const Verdict& verdict, const AsgiRequest& request) {
  static bool warned = false;
  if (warned) return;
  for (const auto& [name, value] : verdict.headers) {
    if (name != "set-cookie" || value.find("; Secure") == std::string::npos || !request.is_plain())
      continue;
    warned = true;
    spdlog::warn(
        "webtool: a cookie marked Secure was sent over plain HTTP, where most clients do not keep "
        "it. In development, give AnnoSessionBackend secure=False. If a proxy in front of the "
        "server speaks HTTPS, ignore this warning");
    return;
  }
}

// Returns (auth, whether auth is certain, fields for the answer or None, status or None, body).
awaitable<nb::object> check(Limits& limits, std::unique_ptr<const AsgiRequest> request,
                            nb::object policy, std::vector<throttle::RuleKey> keys) {
  Verdict verdict;
  if (!policy.is_none()) {
    const auto& rules = nb::cast<const Policy&>(policy);
    verdict = co_await limits.middleware.check(*request, rules, std::move(keys));
  }
  warn_of_lost_cookies(verdict, *request);
  nb::object auth = nb::none();
  bool certain = verdict.is_certain;
  if (verdict.auth) {
    auth = from_auth(*verdict.auth);
  } else if (verdict.passed && !verdict.auth_error && certain) {
    try {
      const auto known = co_await limits.middleware.authenticate(*request);
      if (known.has_value()) auth = from_auth(*known);
    } catch (const cache::StoreUnavailable&) {
      certain = false;
    }
  }
  nb::object fields = nb::none();
  if (!verdict.headers.empty()) {
    const bool cross_origin = request->header("origin", 0).has_value();
    fields = nb::cast(AnswerFields{std::move(verdict.headers), cross_origin});
  }
  nb::object status = nb::none();
  if (!verdict.passed) status = nb::int_(verdict.status);
  co_return nb::make_tuple(auth, certain, fields, status, from_bytes(verdict.body));
}

// Reads pairs (index of the rule, key).
std::vector<throttle::RuleKey> to_keys(nb::handle given) {
  std::vector<throttle::RuleKey> keys;
  for (const nb::handle one : nb::iter(given))
    keys.push_back({throttle::RuleSet{1} << nb::cast<unsigned>(one[0]), to_bytes(one[1], "key")});
  return keys;
}

}  // namespace

void bind_throttle(nb::module_& module) {
  nb::class_<Policy>(module, "Policy", nb::is_final(), "All limits of a route.");
  nb::class_<AnswerFields>(module, "AnswerFields", nb::is_final(), "Header fields for an answer.")
      .def(
          "added_to",
          [](const AnswerFields& self, nb::handle headers) {
            AsgiAnswer answer(headers);
            throttle::apply_headers(answer, self.fields, self.cross_origin);
            return answer.fields();
          },
          nb::arg("headers"),
          nb::sig("def added_to(self, headers: collections.abc.Iterable[tuple[bytes, bytes]]) "
                  "-> list[tuple[bytes, bytes]]"),
          "Returns `headers` with these fields added.");

  using Self = nb::pointer_and_handle<Limits>;
  nb::class_<Limits>(
      module, "Limits", nb::is_final(),
      "The C++ part of the middleware: authenticates, decides and writes header fields.")
      .def(
          "__init__",
          [](Limits* self, BaseLimiter& limiter, nb::handle auth_backend, nb::handle anno_backend,
             std::vector<std::string> trusted_proxies, const std::string& proxy_header,
             bool ratelimit_headers, bool x_ratelimit_headers) {
            new (self) Limits(limiter, auth_backend, anno_backend,
                              to_client_address(std::move(trusted_proxies), proxy_header),
                              ratelimit_headers, x_ratelimit_headers);
          },
          nb::keep_alive<1, 2>(), nb::keep_alive<1, 3>(), nb::keep_alive<1, 4>(),
          nb::arg("limiter"), nb::arg("auth_backend").none(), nb::arg("anno_backend").none(),
          nb::arg("trusted_proxies"), nb::arg("proxy_header"), nb::arg("ratelimit_headers"),
          nb::arg("x_ratelimit_headers"),
          nb::sig("def __init__(self, limiter: BaseLimiter, "
                  "auth_backend: webtool.auth.base.BaseBackend | None, "
                  "anno_backend: webtool.auth.base.BaseAnnoBackend | None, "
                  "trusted_proxies: collections.abc.Sequence[str], proxy_header: str, "
                  "ratelimit_headers: bool, x_ratelimit_headers: bool) -> None"))
      .def(
          "policy",
          [](Limits& self, const std::string& route, const std::vector<LimitRule>& rules) {
            return self.middleware.policy(route, rules);
          },
          nb::arg("route"), nb::arg("rules"), "Returns the policy of a route for this middleware.")
      .def(
          "check",
          [](Self self, nb::object scope, nb::object policy, nb::handle known, nb::handle keys) {
            auto request = std::make_unique<AsgiRequest>(std::move(scope));
            if (!known.is_none()) {
              auto& given = request->known.emplace();
              if (!known[0].is_none()) given.auth = to_auth(known[0]);
              given.certain = nb::cast<bool>(known[1]);
            }
            return operation("LimitMiddleware.check", self.h, self.p->poll,
                             check(*self.p, std::move(request), std::move(policy), to_keys(keys)));
          },
          nb::arg("scope"), nb::arg("policy").none(), nb::arg("known").none(),
          nb::arg("keys") = nb::tuple(),
          nb::sig("def check(self, scope: collections.abc.MutableMapping[str, typing.Any], "
                  "policy: Policy | None, "
                  "known: tuple[webtool.auth.models.AuthData | None, bool] | None, "
                  "keys: collections.abc.Sequence[tuple[int, str | bytes]] = ()) "
                  "-> collections.abc.Coroutine[typing.Any, typing.Any, "
                  "tuple[webtool.auth.models.AuthData | None, bool, AnswerFields | None, "
                  "int | None, bytes]]"),
          "Returns the AuthData of the client (taken from `known` if given), whether it is "
          "certain, and the header fields for the answer. If the request is refused, also returns "
          "the status and body of the answer.");
}

}  // namespace webtool::python
