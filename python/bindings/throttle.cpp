// webtool.throttle: the deciding part of the middleware.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <spdlog/spdlog.h>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
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
#include "casters/literal.hpp"
#include "casters/options.hpp"
#include "casters/proxy_header.hpp"
#include "casters/texts.hpp"
#include "casters/tokens.hpp"
#include "casters/typed.hpp"
#include "values.hpp"

namespace webtool::python {
namespace {

struct HeadersType {
  static constexpr auto name =
      nb::detail::const_name("collections.abc.Iterable[tuple[bytes, bytes]]");
};
struct HeaderListType {
  static constexpr auto name = nb::detail::const_name("list[tuple[bytes, bytes]]");
};
struct PolicyType {
  static constexpr auto name = nb::detail::const_name("webtool._core.Policy");
};
struct KnownType {
  static constexpr auto name =
      nb::detail::const_name("tuple[webtool.auth.models.AuthData | None, bool]");
};
struct RuleKeysType {
  static constexpr auto name =
      nb::detail::const_name("collections.abc.Sequence[tuple[int, str | bytes]]");
};

using throttle::BaseLimiter;
using throttle::InMemoryLimiter;
using throttle::LimitMiddlewareOptions;
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

// The arguments of the constructor.
struct LimitsOptions : throttle::LimitMiddlewareOptions {
  BaseLimiter* limiter = nullptr;
  std::optional<Typed<BackendType>> asked_backend{};
  std::optional<Typed<AnnoBackendType>> asked_anno_backend{};
  std::vector<std::string> trusted_proxies{};
  auth::ProxyHeader proxy_header{};
};

// The C++ part of the middleware, with the objects that it needs.
class Limits {
 public:
  explicit Limits(LimitsOptions options)
      : poll(dynamic_cast<const InMemoryLimiter*>(options.limiter) != nullptr ? Poll::now
                                                                              : Poll::together),
        backend_(options.asked_backend ? to_backend(options.asked_backend->object) : nullptr),
        anno_backend_(options.asked_anno_backend
                          ? to_anno_backend(options.asked_anno_backend->object)
                          : nullptr),
        middleware(*options.limiter, completed(std::move(options))) {}

  const Poll poll;

 private:
  throttle::LimitMiddlewareOptions completed(LimitsOptions options) {
    options.auth_backend = &backend_;
    options.anno_backend = anno_backend_.get();
    auth::ClientAddressOptions proxies;
    proxies.trusted_proxies = std::move(options.trusted_proxies);
    proxies.header = options.proxy_header;
    options.client_address = auth::ClientAddress(proxies);
    return options;
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

// The client, whether the client is certain, fields for the answer, and the status and body of a
// refusal.
using Answer = std::tuple<std::optional<auth::AuthData>, bool, std::optional<AnswerFields>,
                          std::optional<unsigned>, Bytes>;

awaitable<Answer> check(Limits* limits, const std::unique_ptr<const AsgiRequest>& request,
                        const nb::object& policy, std::vector<throttle::RuleKey>& keys) {
  Verdict verdict;
  if (!policy.is_none()) {
    const auto& rules = nb::cast<const Policy&>(policy);
    verdict = co_await limits->middleware.check(*request, rules, std::move(keys));
  }
  warn_of_lost_cookies(verdict, *request);
  Answer answer;
  auto& [auth, certain, fields, status, body] = answer;
  certain = verdict.is_certain;
  if (verdict.auth) {
    auth = std::move(verdict.auth);
  } else if (verdict.passed && !verdict.auth_error && certain) {
    try {
      auto known = co_await limits->middleware.authenticate(*request);
      if (known.has_value()) auth = std::move(*known);
    } catch (const cache::StoreUnavailable&) {
      certain = false;
    }
  }
  if (!verdict.headers.empty()) {
    const bool cross_origin = request->header("origin", 0).has_value();
    fields = AnswerFields{std::move(verdict.headers), cross_origin};
  }
  if (!verdict.passed) status = verdict.status;
  body.text = std::move(verdict.body);
  co_return answer;
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
          [](const AnswerFields& self, const Typed<HeadersType>& headers) {
            AsgiAnswer answer(headers.object);
            throttle::apply_headers(answer, self.fields, self.cross_origin);
            return Typed<HeaderListType>{answer.fields()};
          },
          nb::arg("headers"), "Returns `headers` with these fields added.");

  using Self = nb::pointer_and_handle<Limits>;
  nb::class_<Limits> type(
      module, "Limits", nb::is_final(),
      "The C++ part of the middleware: authenticates, decides and writes header fields.");
  def_init<LimitsOptions>(
      type, [](LimitsOptions options) { return Limits(std::move(options)); },
      nb::keep_alive<1, 2>(), nb::keep_alive<1, 3>(), nb::keep_alive<1, 4>(),
      required("limiter", &LimitsOptions::limiter),
      required("auth_backend", &LimitsOptions::asked_backend),
      required("anno_backend", &LimitsOptions::asked_anno_backend), nb::kw_only(),
      option("trusted_proxies", &LimitsOptions::trusted_proxies),
      option("proxy_header", &LimitsOptions::proxy_header),
      option("ratelimit_headers", &LimitMiddlewareOptions::ratelimit_headers),
      option("x_ratelimit_headers", &LimitMiddlewareOptions::x_ratelimit_headers));
  type.def(
          "policy",
          [](Limits& self, const std::string& route, const std::vector<LimitRule>& rules) {
            return self.middleware.policy(route, rules);
          },
          nb::arg("route"), nb::arg("rules"), "Returns the policy of a route for this middleware.")
      .def(
          "check",
          [](Self self, AsgiScope scope, std::optional<Typed<PolicyType>> policy,
             std::optional<Typed<KnownType>> known, const Typed<RuleKeysType>& keys) {
            auto request = std::make_unique<AsgiRequest>(std::move(scope.object));
            if (known) {
              auto& given = request->known.emplace();
              const nb::object auth = known->object[0];
              if (!auth.is_none()) given.auth = to_auth(auth);
              given.certain = nb::cast<bool>(known->object[1]);
            }
            return operation("LimitMiddleware.check", self.h, self.p->poll, check, self.p,
                             std::unique_ptr<const AsgiRequest>(std::move(request)),
                             policy ? std::move(policy->object) : nb::object(nb::none()),
                             to_keys(keys.object));
          },
          nb::arg("scope"), nb::arg("policy"), nb::arg("known"), nb::arg("keys") = nb::tuple(),
          "Returns the AuthData of the client (taken from `known` if given), whether it is "
          "certain, and the header fields for the answer. If the request is refused, also returns "
          "the status and body of the answer.");
}

}  // namespace webtool::python
