// webtool.auth: JWTService and RedisJWTService.
#include "service.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <webtool/cache/in_memory_cache.hpp>
#include <webtool/cache/redis_cache.hpp>

#include "bindings.hpp"
#include "casters/literal.hpp"
#include "casters/options.hpp"
#include "casters/results.hpp"
#include "casters/texts.hpp"
#include "casters/times.hpp"
#include "casters/tokens.hpp"
#include "depends_protocol.hpp"
#include "python_tokens.hpp"
#include "service_options.hpp"

namespace webtool::python {

template <>
struct Literal<auth::Validation> {
  static constexpr auto choices = std::tuple(choice("session", auth::Validation::session),
                                             choice("stateless", auth::Validation::stateless));
};

namespace {

using auth::Grant;
using auth::JWTServiceOptions;
using Self = nb::pointer_and_handle<Service>;

// The tokens of validate_refresh_token(refresh), (access, refresh), (refresh_token=refresh) and so
// on.
struct Tokens {
  Tokens(Token first, Token second) {
    if (second.is_given) {
      refresh = std::move(second.text);
      if (first.is_given) access = std::move(first.text);
    } else if (first.is_given) {
      refresh = std::move(first.text);
    } else {
      throw nb::type_error("refresh_token is missing");
    }
  }

  std::optional<std::string> access{};
  std::string refresh{};
};

// None cannot name anything, so it becomes the empty text.
std::string text_of(std::optional<Name> given) {
  return given ? std::move(given->text) : std::string();
}

// Starts `call(service, arguments...)`.
template <class Call, class... Arguments>
auto start(const char* name, Self self, Call call, Arguments... arguments) {
  return operation(name, self.h, self.p->poll, call, self.p, std::move(arguments)...);
}

// Returns whether a session was ended.
awaitable<bool> invalidate(Service* service, const std::string& refresh,
                           const std::optional<Name>& jti) {
  auto asking =
      jti ? service->invalidate_token(refresh, jti->text) : service->invalidate_token(refresh);
  const auto ended = co_await std::move(asking);
  co_return ended.has_value();
}

// Returns no jtis for a token that is not valid.
awaitable<std::vector<std::string>> search(Service* service, const Tokens& given) {
  auto asking = given.access ? service->search_token(*given.access, given.refresh)
                             : service->search_token(given.refresh);
  auto jtis = co_await std::move(asking);
  if (jtis.has_error()) co_return std::vector<std::string>();
  co_return std::move(*jtis);
}

template <class Cache>
struct Given : ServiceArguments {
  Cache* cache = nullptr;
};

template <class Type, class Cache, class... Bases>
void bind_constructor(nb::class_<Type, Bases...>& type) {
  def_init<Given<Cache>>(
      type,
      [](Given<Cache> given) {
        const auto poll = dynamic_cast<const cache::InMemoryCache*>(given.cache) != nullptr
                              ? Poll::now
                              : Poll::together;
        ServiceTraits traits;
        auto options = to_options(std::move(given), traits);
        return Type(auth::make_session_store(*given.cache), std::move(options), std::move(traits),
                    poll);
      },
      nb::keep_alive<1, 2>(), required("cache", &Given<Cache>::cache),
      option("secret_key", &ServiceArguments::key),
      option("access_token_expire_time", &JWTServiceOptions::access_token_expire_time),
      option("refresh_token_expire_time", &JWTServiceOptions::refresh_token_expire_time),
      option("jwt_manager", &ServiceArguments::manager),
      option("algorithm", &ServiceArguments::algorithm_name), nb::kw_only(),
      option("session_expire_time", &ServiceArguments::session_time),
      option("rotation_grace", &JWTServiceOptions::rotation_grace),
      option("max_sessions", &JWTServiceOptions::max_sessions),
      option("validation", &JWTServiceOptions::validation));
}

void bind_tokens(nb::class_<Service>& type) {
  type.def(
          "create_token",
          [](Self self, ClaimsMapping data, std::string note) {
            auto grant = to_grant(data.object);
            if (grant.sub.empty()) throw std::invalid_argument("the sub claim must be provided");
            return start(
                "JWTService.create_token", self,
                [](Service* service, const Grant& given, const std::string& text) {
                  return service->create_token(given, text);
                },
                std::move(grant), std::move(note));
          },
          nb::arg("data"), nb::kw_only(), nb::arg("note") = "",
          "Starts a session. Returns an access token and a refresh token for `data`. `data` must "
          "have `sub`, and may have `scope`, `extra` and claims of your own, such as `role`. "
          "`note` is shown by sessions().")
      .def(
          "validate_access_token",
          [](Self self, std::optional<Name> access) {
            return start(
                "JWTService.validate_access_token", self,
                [](Service* service, const std::string& token) {
                  return service->validate_access_token(token);
                },
                text_of(std::move(access)));
          },
          nb::arg("access_token"),
          "Returns the claims of the access token if it is the current access token of a living "
          "session, else None.")
      .def(
          "validate_refresh_token",
          [](Self self, Token first, Token second) {
            return start(
                "JWTService.validate_refresh_token", self,
                [](Service* service, const Tokens& given) {
                  return given.access
                             ? service->validate_refresh_token(*given.access, given.refresh)
                             : service->validate_refresh_token(given.refresh);
                },
                Tokens(std::move(first), std::move(second)));
          },
          nb::arg("access_token").none().sig("...") = Token(),
          nb::arg("refresh_token").none().sig("...") = Token(),
          "Returns the claims of the refresh token if it is the current refresh token of a living "
          "session, else None. If only one token is given, it is the refresh token. If both are "
          "given, they must have been issued together.");
  type.def(
          "update_token",
          [](Self self, ClaimsMapping data, Token first, Token second) {
            return start(
                "JWTService.update_token", self,
                [](Service* service, const Grant& grant, const Tokens& given) {
                  return given.access ? service->update_token(grant, *given.access, given.refresh)
                                      : service->update_token(grant, given.refresh);
                },
                to_next_grant(data.object), Tokens(std::move(first), std::move(second)));
          },
          nb::arg("data"), nb::arg("access_token").none().sig("...") = Token(),
          nb::arg("refresh_token").none().sig("...") = Token(),
          "Exchanges a refresh token for a new pair of tokens. Returns None if the token is not "
          "valid. `data` must have the same `sub`. Its `scope` may only narrow the token's scope; "
          "its `extra` replaces the token's extra. If only one token is given, it is the refresh "
          "token. If both are given, they must have been issued together.")
      .def(
          "invalidate_token",
          [](Self self, std::optional<Name> refresh, std::optional<Name> jti) {
            return start("JWTService.invalidate_token", self, invalidate,
                         text_of(std::move(refresh)), std::move(jti));
          },
          nb::arg("refresh_token"), nb::arg("refresh_jti_to_invalidate") = nb::none(),
          "Ends the session of the token, or another session of the same subject. The tokens of "
          "the ended session stop working at once. Returns False if there is no session to end.")
      .def(
          "invalidate_all",
          [](Self self, std::optional<Name> refresh) {
            return start(
                "JWTService.invalidate_all", self,
                [](Service* service, const std::string& token) {
                  return service->invalidate_all(token);
                },
                text_of(std::move(refresh)));
          },
          nb::arg("refresh_token"),
          "Ends all sessions of the token's subject, and returns their number. Returns None if the "
          "token is not valid.")
      .def(
          "invalidate_others",
          [](Self self, std::optional<Name> refresh) {
            return start(
                "JWTService.invalidate_others", self,
                [](Service* service, const std::string& token) {
                  return service->invalidate_others(token);
                },
                text_of(std::move(refresh)));
          },
          nb::arg("refresh_token"),
          "Like invalidate_all, except that the token's own session goes on.");
}

void bind_sessions(nb::class_<Service>& type) {
  type.def(
          "search_token",
          [](Self self, Token first, Token second) {
            return start("JWTService.search_token", self, search,
                         Tokens(std::move(first), std::move(second)));
          },
          nb::arg("access_token").none().sig("...") = Token(),
          nb::arg("refresh_token").none().sig("...") = Token(),
          "Returns the refresh jtis of all living sessions of the token's subject, oldest first. "
          "Returns an empty list if the token is not valid. If only one token is given, it is the "
          "refresh token. If both are given, they must have been issued together.")
      .def(
          "sessions",
          [](Self self, Name sub, std::optional<Name> own_jti) {
            return start(
                "JWTService.sessions", self,
                [](Service* service, const Name& subject, const std::string& jti) {
                  return service->sessions(subject.text, jti);
                },
                std::move(sub), text_of(std::move(own_jti)));
          },
          nb::arg("sub"), nb::arg("own_jti") = "",
          "Returns all living sessions of a subject, oldest first, as dicts with jti, created, "
          "rotated, expires, note and current. `own_jti` is the jti of the calling client's token "
          "(`auth.extra[\"jti\"]`). `current` is True for the session of this token.")
      .def(
          "end_session",
          [](Self self, Name sub, std::optional<Name> jti) {
            return start(
                "JWTService.end_session", self,
                [](Service* service, const Name& subject, const std::string& id) {
                  return service->end_session(subject.text, id);
                },
                std::move(sub), text_of(std::move(jti)));
          },
          nb::arg("sub"), nb::arg("jti"),
          "Ends one session of a subject. `jti` is the jti of any token of the session. The call "
          "needs no token of that session, so check first that the caller is `sub`. Returns False "
          "if the subject has no such session.")
      .def(
          "end_sessions",
          [](Self self, Name sub) {
            return start(
                "JWTService.end_sessions", self,
                [](Service* service, const Name& subject) {
                  return service->end_sessions(subject.text);
                },
                std::move(sub));
          },
          nb::arg("sub"),
          "Ends all sessions of a subject, for example after a change of password.");
}

void bind_options(nb::class_<Service>& type) {
  type.def_prop_ro(
          "algorithm", [](const Service& self) { return self.traits.algorithm; },
          "The algorithm of new tokens, such as 'EdDSA'.")
      .def_prop_ro(
          "access_token_expire_time",
          [](const Service& self) { return self.traits.access_token_expire_time; },
          "The lifetime of an access token in seconds.")
      .def_prop_ro(
          "refresh_token_expire_time",
          [](const Service& self) { return self.traits.refresh_token_expire_time; },
          "The lifetime of a refresh token in seconds.");
}

}  // namespace

std::shared_ptr<auth::AccessTokens> to_access_tokens(nb::handle object) {
  constexpr auto method = "validate_access_token";
  if (nb::isinstance<Service>(object) &&
      object.type().attr(method).is(nb::type<Service>().attr(method)))
    // Not owned: the caller keeps the object alive.
    return {std::shared_ptr<void>(), &nb::cast<Service&>(object)};
  if (!nb::hasattr(object, method))
    throw nb::type_error("jwt_service must have a method validate_access_token");
  return std::make_shared<PythonTokens>(nb::borrow(object));
}

void bind_service(nb::module_& module) {
  nb::class_<Service> service(
      module, "JWTService",
      nb::sig("class JWTService(webtool.auth.base.BaseJWTService[webtool.auth.models.PayloadT])"),
      "Manages tokens and their sessions on any cache. On Redis every operation is one round trip, "
      "and every change is one atomic script. `secret_key` signs tokens: a PEM, a secret, a Key, "
      "or a list of these. If it is a list, the first key signs and all keys verify. Times are in "
      "seconds. `validation='stateless'` accepts access tokens without checking that their session "
      "exists.");
  bind_constructor<Service, cache::BaseCache>(service);
  bind_tokens(service);
  bind_sessions(service);
  bind_options(service);
  service.attr("__call__") = depends_call();
  // JWTService[Payload], for type checkers.
  service.attr("__class_getitem__") =
      nb::module_::import_("builtins")
          .attr("classmethod")(nb::module_::import_("types").attr("GenericAlias"));

  nb::class_<RedisService, Service> redis(
      module, "RedisJWTService",
      nb::sig("class RedisJWTService(JWTService[webtool.auth.models.PayloadT])"),
      "Like JWTService, but only for Redis. Both see the same sessions on the same Redis.");
  bind_constructor<RedisService, cache::RedisCache>(redis);
}

}  // namespace webtool::python
