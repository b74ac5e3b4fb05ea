// webtool.auth.backend: authentication of requests.
#include "backend.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include <webtool/auth/anno_session_backend.hpp>

#include "asgi_request.hpp"
#include "bindings.hpp"
#include "bridge/operation.hpp"
#include "casters/literal.hpp"
#include "casters/options.hpp"
#include "casters/proxy_header.hpp"
#include "casters/results.hpp"
#include "casters/secrets.hpp"
#include "casters/texts.hpp"
#include "casters/times.hpp"
#include "casters/tokens.hpp"
#include "casters/typed.hpp"
#include "service.hpp"

namespace webtool::python {

template <>
struct Literal<auth::SameSite> {
  static constexpr auto choices =
      std::tuple(choice("lax", auth::SameSite::lax), choice("strict", auth::SameSite::strict),
                 choice("none", auth::SameSite::none));
};

namespace {

using auth::AnnoSessionBackend;
using auth::AnnoSessionOptions;
using auth::AuthData;
using auth::ClientAddressOptions;
using auth::IPBackend;
using auth::SessionBackend;

// JWTBackend with its service.
class TokenBackend final : public auth::BaseBackend {
 public:
  explicit TokenBackend(const Typed<ServiceType>& service)
      : tokens_(to_access_tokens(service.object)), backend_(*tokens_) {}

  awaitable<result<AuthData>> authenticate(const auth::RequestView& request) override {
    return backend_.authenticate(request);
  }
  std::optional<result<auth::Checked>> begin(const auth::RequestView& request) override {
    return backend_.begin(request);
  }
  awaitable<result<AuthData>> finish(auth::Checked checked) override {
    return backend_.finish(std::move(checked));
  }

 private:
  std::shared_ptr<auth::AccessTokens> tokens_;
  auth::JWTBackend backend_;
};

template <class Backend>
void bind_authenticate(nb::class_<Backend>& type) {
  type.def(
      "authenticate",
      [](nb::pointer_and_handle<Backend> self, AsgiScope scope) {
        return operation(
            "Backend.authenticate", self.h, Poll::together,
            [](auth::BaseBackend* backend, const std::unique_ptr<const AsgiRequest>& request) {
              return backend->authenticate(*request);
            },
            static_cast<auth::BaseBackend*>(self.p),
            std::make_unique<const AsgiRequest>(std::move(scope.object)));
      },
      nb::arg("scope"),
      "Returns the AuthData of the client that makes the request, or None. `scope` is the ASGI "
      "scope.");
}

void bind_anno(nb::module_& module) {
  nb::class_<AnnoSessionBackend> anno(
      module, "AnnoSessionBackend",
      nb::sig("class AnnoSessionBackend(webtool.auth.base.BaseAnnoBackend)"),
      "Anonymous sessions: a signed cookie distinguishes clients without a token. `secret_key` has "
      "at least 16 bytes, and must be the same in all processes. If it is a list, the first key "
      "signs and all keys verify. Without `secret_key` a random secret is made and a warning is "
      "logged: cookies are then valid only in this process, until it ends. All sessions of one "
      "address together have `ip_factor` times the limit of one session.");
  def_init<AnnoSessionOptions>(
      anno, [](AnnoSessionOptions options) { return AnnoSessionBackend(std::move(options)); },
      option("session_name", &AnnoSessionOptions::session_name), nb::kw_only(),
      none_for_default("secret_key", &AnnoSessionOptions::secret_keys),
      option("max_age", &AnnoSessionOptions::max_age),
      option("secure", &AnnoSessionOptions::secure),
      option("same_site", &AnnoSessionOptions::same_site),
      option("partitioned", &AnnoSessionOptions::partitioned),
      option("path", &AnnoSessionOptions::path), option("domain", &AnnoSessionOptions::domain),
      option("ip_factor", &AnnoSessionOptions::ip_factor));
  bind_authenticate(anno);
  anno.def(
      "read",
      [](const AnnoSessionBackend& self, AsgiScope scope) {
        auto session = self.read(AsgiRequest(std::move(scope.object)));
        return session.has_value() ? std::optional(std::move(session->id)) : std::nullopt;
      },
      nb::arg("scope"), "Returns the session of the request's cookie, or None.");
  anno.def(
      "issue", [](const AnnoSessionBackend& self) { return self.issue().id; },
      "Returns a new session.");
  anno.def(
      "set_cookie",
      [](const AnnoSessionBackend& self, std::string session) {
        return self.set_cookie({std::move(session), {}, false});
      },
      nb::arg("session"),
      "Returns the value of the Set-Cookie header that gives or renews `session`. This backend "
      "must have issued the session.");
}

}  // namespace

auth::BaseBackend* to_backend(nb::handle object) {
  if (object.is_none()) return nullptr;
  const auto of_core = [&]<class Backend>(std::type_identity<Backend>) -> auth::BaseBackend* {
    // A class derived in Python may override authenticate, so only the exact class is cast.
    return object.type().is(nb::type<Backend>()) ? &nb::cast<Backend&>(object) : nullptr;
  };
  auth::BaseBackend* backend = of_core(std::type_identity<TokenBackend>());
  if (backend == nullptr) backend = of_core(std::type_identity<IPBackend>());
  if (backend == nullptr) backend = of_core(std::type_identity<SessionBackend>());
  if (backend == nullptr) backend = of_core(std::type_identity<AnnoSessionBackend>());
  if (backend == nullptr) throw nb::type_error("auth_backend is not a backend of the core");
  return backend;
}

void bind_backends(nb::module_& module) {
  nb::class_<TokenBackend> jwt(module, "JWTBackend",
                               nb::sig("class JWTBackend(webtool.auth.base.BaseBackend)"),
                               "Authenticates by `Authorization: Bearer <access token>`. "
                               "`jwt_service` validates the token.");
  jwt.def(nb::init<Typed<ServiceType>>(), nb::keep_alive<1, 2>(), nb::arg("jwt_service"));
  bind_authenticate(jwt);

  nb::class_<IPBackend> ip(module, "IPBackend",
                           nb::sig("class IPBackend(webtool.auth.base.BaseBackend)"),
                           "Identifies clients by address; IPv6 addresses by their /64. See "
                           "LimitMiddleware for `trusted_proxies`.");
  def_init<ClientAddressOptions>(
      ip,
      [](const ClientAddressOptions& options) { return IPBackend(auth::ClientAddress(options)); },
      option("trusted_proxies", &ClientAddressOptions::trusted_proxies),
      option("proxy_header", &ClientAddressOptions::header));
  bind_authenticate(ip);

  nb::class_<SessionBackend> session(module, "SessionBackend",
                                     nb::sig("class SessionBackend(webtool.auth.base.BaseBackend)"),
                                     "Identifies clients by the value of a cookie, for session ids "
                                     "that another layer has issued and checked.");
  session.def(nb::init<std::string>(), nb::arg("session_name"));
  bind_authenticate(session);

  bind_anno(module);
}

}  // namespace webtool::python
