// webtool.auth.backend: authentication of requests.
#include "backend.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>

#include <webtool/auth/anno_session_backend.hpp>
#include <webtool/core/secret.hpp>

#include "asgi_request.hpp"
#include "auth_values.hpp"
#include "bindings.hpp"
#include "bridge/operation.hpp"
#include "client_address.hpp"
#include "service.hpp"
#include "values.hpp"

namespace webtool::python {
namespace {

using auth::AnnoSessionBackend;
using auth::AuthData;
using auth::IPBackend;
using auth::SessionBackend;

// JWTBackend with its service.
class TokenBackend final : public auth::BaseBackend {
 public:
  explicit TokenBackend(nb::handle service)
      : tokens_(to_access_tokens(service)), backend_(*tokens_) {}

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

awaitable<nb::object> authenticate(auth::BaseBackend& backend,
                                   std::unique_ptr<const AsgiRequest> request) {
  const auto known = co_await backend.authenticate(*request);
  if (known.has_error()) co_return nb::none();
  co_return from_auth(*known);
}

template <class Backend>
void bind_authenticate(nb::class_<Backend>& type) {
  type.def(
      "authenticate",
      [](nb::pointer_and_handle<Backend> self, nb::object scope) {
        return operation("Backend.authenticate", self.h, Poll::together,
                         authenticate(*self.p, std::make_unique<AsgiRequest>(std::move(scope))));
      },
      nb::arg("scope"),
      nb::sig("def authenticate(self, scope: collections.abc.MutableMapping[str, typing.Any]) "
              "-> collections.abc.Coroutine[typing.Any, typing.Any, "
              "webtool.auth.models.AuthData | None]"),
      "Returns the AuthData of the client that makes the request, or None. `scope` is the ASGI "
      "scope.");
}

auth::SameSite to_same_site(const std::string& text) {
  if (text == "lax") return auth::SameSite::lax;
  if (text == "strict") return auth::SameSite::strict;
  if (text == "none") return auth::SameSite::none;
  throw std::invalid_argument("same_site must be 'lax', 'strict' or 'none'");
}

std::vector<Secret> to_secrets(nb::handle object) {
  std::vector<Secret> secrets;
  const auto add = [&](nb::handle one) {
    auto bytes = to_bytes(one, "secret_key");
    secrets.emplace_back(bytes);
    wipe(bytes);
  };
  if (PyList_Check(object.ptr()) || PyTuple_Check(object.ptr()))
    for (const nb::handle one : nb::iter(object)) add(one);
  else
    add(object);
  return secrets;
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
  anno.def(
      "__init__",
      [](AnnoSessionBackend* self, std::string session_name, nb::handle secret_key,
         nb::handle max_age, bool secure, const std::string& same_site, std::string path,
         std::string domain, unsigned ip_factor) {
        auth::AnnoSessionOptions options;
        if (!secret_key.is_none()) {
          options.secret_keys = to_secrets(secret_key);
          if (options.secret_keys.empty())
            throw std::invalid_argument("secret_key is an empty list");
        }
        options.session_name = std::move(session_name);
        options.max_age = to_seconds(max_age, "max_age");
        options.secure = secure;
        options.same_site = to_same_site(same_site);
        options.path = std::move(path);
        options.domain = std::move(domain);
        options.ip_factor = ip_factor;
        new (self) AnnoSessionBackend(std::move(options));
      },
      nb::arg("session_name") = "th-session", nb::kw_only(), nb::arg("secret_key") = nb::none(),
      nb::arg("max_age") = 1'209'600, nb::arg("secure") = true, nb::arg("same_site") = "lax",
      nb::arg("path") = "/", nb::arg("domain") = "", nb::arg("ip_factor") = auth::default_ip_factor,
      nb::sig("def __init__(self, session_name: str = 'th-session', *, "
              "secret_key: str | bytes | list[str | bytes] | None = None, "
              "max_age: float | datetime.timedelta = 1209600, secure: bool = True, "
              "same_site: typing.Literal['lax', 'strict', 'none'] = 'lax', path: str = '/', "
              "domain: str = '', ip_factor: int = 5) -> None"));
  bind_authenticate(anno);
  anno.def(
      "read",
      [](const AnnoSessionBackend& self, nb::object scope) {
        const auto session = self.read(AsgiRequest(std::move(scope)));
        return session.has_value() ? from_text(session->id) : nb::none();
      },
      nb::arg("scope"),
      nb::sig("def read(self, scope: collections.abc.MutableMapping[str, typing.Any]) "
              "-> str | None"),
      "Returns the session of the request's cookie, or None.");
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
  jwt.def(nb::init<nb::handle>(), nb::keep_alive<1, 2>(), nb::arg("jwt_service"),
          nb::sig("def __init__(self, jwt_service: webtool.auth.base.BaseJWTService) -> None"));
  bind_authenticate(jwt);

  nb::class_<IPBackend> ip(module, "IPBackend",
                           nb::sig("class IPBackend(webtool.auth.base.BaseBackend)"),
                           "Identifies clients by address; IPv6 addresses by their /64. See "
                           "LimitMiddleware for `trusted_proxies`.");
  ip.def(
      "__init__",
      [](IPBackend* self, std::vector<std::string> trusted_proxies, const std::string& header) {
        new (self) IPBackend(to_client_address(std::move(trusted_proxies), header));
      },
      nb::arg("trusted_proxies") = std::vector<std::string>(),
      nb::arg("proxy_header") = "x-forwarded-for",
      nb::sig("def __init__(self, trusted_proxies: collections.abc.Sequence[str] = (), "
              "proxy_header: typing.Literal['x-forwarded-for', 'forwarded'] = 'x-forwarded-for') "
              "-> None"));
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
