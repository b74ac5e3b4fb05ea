// webtool.auth: JWTService and RedisJWTService.
#include "service.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <webtool/cache/in_memory_cache.hpp>
#include <webtool/cache/redis_cache.hpp>

#include "bindings.hpp"
#include "claims.hpp"
#include "depends_protocol.hpp"
#include "python_tokens.hpp"
#include "service_options.hpp"
#include "values.hpp"

namespace webtool::python {
namespace {

using auth::Grant;
using auth::TokenPair;
using Text = std::string;
using OptionalText = std::optional<std::string>;

nb::object from_pair(const TokenPair& pair) {
  return nb::make_tuple(from_text(pair.access), from_text(pair.refresh));
}

nb::object from_texts(const std::vector<std::string>& texts) {
  nb::list list;
  for (const auto& text : texts) list.append(from_text(text));
  return list;
}

nb::object from_sessions(const std::vector<auth::SessionInfo>& sessions) {
  nb::list list;
  for (const auto& session : sessions) {
    nb::dict dict;
    dict["jti"] = from_text(session.refresh_jti);
    dict["created"] = from_timestamp(session.created);
    dict["rotated"] = from_timestamp(session.rotated);
    dict["expires"] = from_timestamp(session.expires);
    dict["note"] = from_text(session.note);
    dict["current"] = nb::bool_(session.current);
    list.append(dict);
  }
  return list;
}

// Returns the text of a token, a jti or a subject. None and text with unpaired surrogates cannot
// name anything, so they become the empty text.
Text name_of(nb::handle given, const char* what) {
  if (given.is_none()) return {};
  try {
    return to_text(given, what);
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_UnicodeEncodeError)) throw;
    return {};
  }
}

// Reads the arguments of validate_refresh_token(refresh), (access, refresh),
// (refresh_token=refresh) and so on.
struct Tokens {
  Tokens(nb::handle first, nb::handle second) {
    const auto is_given = [](nb::handle token) { return token.ptr() != Py_Ellipsis; };
    if (is_given(second)) {
      refresh = name_of(second, "refresh_token");
      if (is_given(first)) access = name_of(first, "access_token");
    } else if (is_given(first)) {
      refresh = name_of(first, "refresh_token");
    } else {
      throw nb::type_error("refresh_token is missing");
    }
  }

  OptionalText access;
  Text refresh;
};

// ── the operations: for a token that is not valid they return None or False ──

awaitable<nb::object> create_token(Service& service, Grant data, Text note) {
  const auto pair = co_await service.create_token(data, note);
  co_return from_pair(pair);
}

awaitable<nb::object> validate_access(Service& service, Text access) {
  const auto claims = co_await service.validate_access_token(access);
  if (claims.has_error()) co_return nb::none();
  co_return from_claims(*claims);
}

awaitable<nb::object> validate_refresh(Service& service, Tokens given) {
  auto asking = given.access ? service.validate_refresh_token(*given.access, given.refresh)
                             : service.validate_refresh_token(given.refresh);
  const auto claims = co_await std::move(asking);
  if (claims.has_error()) co_return nb::none();
  co_return from_claims(*claims);
}

awaitable<nb::object> update(Service& service, Grant data, Tokens given) {
  auto asking = given.access ? service.update_token(data, *given.access, given.refresh)
                             : service.update_token(data, given.refresh);
  const auto pair = co_await std::move(asking);
  if (pair.has_error()) co_return nb::none();
  co_return from_pair(*pair);
}

awaitable<nb::object> invalidate(Service& service, Text refresh, OptionalText jti) {
  auto asking = jti ? service.invalidate_token(refresh, *jti) : service.invalidate_token(refresh);
  const auto ended = co_await std::move(asking);
  co_return nb::bool_(ended.has_value());
}

awaitable<nb::object> invalidate_many(Service& service, Text refresh, bool own_too) {
  auto asking = own_too ? service.invalidate_all(refresh) : service.invalidate_others(refresh);
  const auto count = co_await std::move(asking);
  if (count.has_error()) co_return nb::none();
  co_return nb::int_(*count);
}

awaitable<nb::object> search(Service& service, Tokens given) {
  auto asking = given.access ? service.search_token(*given.access, given.refresh)
                             : service.search_token(given.refresh);
  const auto jtis = co_await std::move(asking);
  if (jtis.has_error()) co_return nb::list();
  co_return from_texts(*jtis);
}

awaitable<nb::object> sessions(Service& service, Text sub, Text own_jti) {
  const auto found = co_await service.sessions(sub, own_jti);
  co_return from_sessions(found);
}

awaitable<nb::object> end_session(Service& service, Text sub, Text jti) {
  const bool ended = co_await service.end_session(sub, jti);
  co_return nb::bool_(ended);
}

awaitable<nb::object> end_sessions(Service& service, Text sub) {
  co_await service.end_sessions(sub);
  co_return nb::none();
}

// ── construction ──

template <class Type, class Cache, class Class>
void bind_constructor(Class& type, const char* cache_type) {
  static std::string signature;
  signature = std::string("def __init__(self, cache: ") + cache_type +
              ", secret_key: str | bytes | Key | list[str | bytes | Key] = '', "
              "access_token_expire_time: float | datetime.timedelta = 3600, "
              "refresh_token_expire_time: float | datetime.timedelta = 604800, "
              "jwt_manager: webtool.auth.base.BaseJWTManager | None = None, "
              "algorithm: str | None = None, *, "
              "session_expire_time: float | datetime.timedelta | None = None, "
              "rotation_grace: float | datetime.timedelta = 0, max_sessions: int = 100, "
              "validation: typing.Literal['session', 'stateless'] = 'session') -> None";
  type.def(
      "__init__",
      [](Type* self, Cache& cache, nb::handle secret_key, nb::handle access, nb::handle refresh,
         nb::handle manager, nb::handle algorithm, nb::handle session_expire, nb::handle grace,
         std::size_t max_sessions, const std::string& validation) {
        ServiceTraits traits;
        auto options = to_options(ServiceArguments{secret_key, access, refresh, manager, algorithm,
                                                   session_expire, grace, max_sessions, validation},
                                  traits);
        const auto poll = dynamic_cast<const cache::InMemoryCache*>(&cache) != nullptr
                              ? Poll::now
                              : Poll::together;
        new (self)
            Type(auth::make_session_store(cache), std::move(options), std::move(traits), poll);
      },
      nb::keep_alive<1, 2>(), nb::arg("cache"), nb::arg("secret_key") = "",
      nb::arg("access_token_expire_time") = 3600, nb::arg("refresh_token_expire_time") = 604800,
      nb::arg("jwt_manager") = nb::none(), nb::arg("algorithm") = nb::none(), nb::kw_only(),
      nb::arg("session_expire_time") = nb::none(), nb::arg("rotation_grace") = 0,
      nb::arg("max_sessions") = 100, nb::arg("validation") = "session", nb::sig(signature.c_str()));
}

#define WEBTOOL_CORO(type) "collections.abc.Coroutine[typing.Any, typing.Any, " type "]"
#define WEBTOOL_CLAIMS "webtool.auth.models.PayloadT"

void bind_tokens(nb::class_<Service>& type) {
  using Self = nb::pointer_and_handle<Service>;
  type.def(
          "create_token",
          [](Self self, nb::handle data, Text note) {
            auto grant = to_grant(data);
            if (grant.sub.empty()) throw std::invalid_argument("the sub claim must be provided");
            return operation("JWTService.create_token", self.h, self.p->poll,
                             create_token(*self.p, std::move(grant), std::move(note)));
          },
          nb::arg("data"), nb::kw_only(), nb::arg("note") = "",
          nb::sig("def create_token(self, data: collections.abc.Mapping[str, typing.Any], *, "
                  "note: str = '') -> " WEBTOOL_CORO("tuple[str, str]")),
          "Starts a session. Returns an access token and a refresh token for `data`. `data` must "
          "have `sub`, and may have `scope`, `extra` and claims of your own, such as `role`. "
          "`note` is shown by sessions().")
      .def(
          "validate_access_token",
          [](Self self, nb::handle access) {
            return operation("JWTService.validate_access_token", self.h, self.p->poll,
                             validate_access(*self.p, name_of(access, "access_token")));
          },
          nb::arg("access_token").none(),
          nb::sig("def validate_access_token(self, access_token: str | None) -> " WEBTOOL_CORO(
              WEBTOOL_CLAIMS " | None")),
          "Returns the claims of the access token if it is the current access token of a living "
          "session, else None.")
      .def(
          "validate_refresh_token",
          [](Self self, nb::handle first, nb::handle second) {
            return operation("JWTService.validate_refresh_token", self.h, self.p->poll,
                             validate_refresh(*self.p, Tokens(first, second)));
          },
          nb::arg("access_token").none() = nb::ellipsis(),
          nb::arg("refresh_token").none() = nb::ellipsis(),
          nb::sig("def validate_refresh_token(self, access_token: str | None = ..., "
                  "refresh_token: str | None = ...) -> " WEBTOOL_CORO(WEBTOOL_CLAIMS " | None")),
          "Returns the claims of the refresh token if it is the current refresh token of a living "
          "session, else None. If only one token is given, it is the refresh token. If both are "
          "given, they must have been issued together.");
  type.def(
          "update_token",
          [](Self self, nb::handle data, nb::handle first, nb::handle second) {
            return operation("JWTService.update_token", self.h, self.p->poll,
                             update(*self.p, to_next_grant(data), Tokens(first, second)));
          },
          nb::arg("data"), nb::arg("access_token").none() = nb::ellipsis(),
          nb::arg("refresh_token").none() = nb::ellipsis(),
          nb::sig(
              "def update_token(self, data: collections.abc.Mapping[str, typing.Any], "
              "access_token: str | None = ..., refresh_token: str | None = ...) -> " WEBTOOL_CORO(
                  "tuple[str, str] | None")),
          "Exchanges a refresh token for a new pair of tokens. Returns None if the token is not "
          "valid. `data` must have the same `sub`. Its `scope` may only narrow the token's scope; "
          "its `extra` replaces the token's extra. If only one token is given, it is the refresh "
          "token. If both are given, they must have been issued together.")
      .def(
          "invalidate_token",
          [](Self self, nb::handle refresh, nb::handle jti) {
            OptionalText target;
            if (!jti.is_none()) target = name_of(jti, "refresh_jti_to_invalidate");
            return operation("JWTService.invalidate_token", self.h, self.p->poll,
                             invalidate(*self.p, name_of(refresh, "refresh_token"), target));
          },
          nb::arg("refresh_token").none(), nb::arg("refresh_jti_to_invalidate") = nb::none(),
          nb::sig("def invalidate_token(self, refresh_token: str | None, "
                  "refresh_jti_to_invalidate: str | None = None) -> " WEBTOOL_CORO("bool")),
          "Ends the session of the token, or another session of the same subject. The tokens of "
          "the ended session stop working at once. Returns False if there is no session to end.")
      .def(
          "invalidate_all",
          [](Self self, nb::handle refresh) {
            return operation("JWTService.invalidate_all", self.h, self.p->poll,
                             invalidate_many(*self.p, name_of(refresh, "refresh_token"), true));
          },
          nb::arg("refresh_token").none(),
          nb::sig(
              "def invalidate_all(self, refresh_token: str | None) -> " WEBTOOL_CORO("int | None")),
          "Ends all sessions of the token's subject, and returns their number. Returns None if the "
          "token is not valid.")
      .def(
          "invalidate_others",
          [](Self self, nb::handle refresh) {
            return operation("JWTService.invalidate_others", self.h, self.p->poll,
                             invalidate_many(*self.p, name_of(refresh, "refresh_token"), false));
          },
          nb::arg("refresh_token").none(),
          nb::sig("def invalidate_others(self, refresh_token: str | None) -> " WEBTOOL_CORO(
              "int | None")),
          "Like invalidate_all, except that the token's own session goes on.");
}

void bind_sessions(nb::class_<Service>& type) {
  using Self = nb::pointer_and_handle<Service>;
  type.def(
          "search_token",
          [](Self self, nb::handle first, nb::handle second) {
            return operation("JWTService.search_token", self.h, self.p->poll,
                             search(*self.p, Tokens(first, second)));
          },
          nb::arg("access_token").none() = nb::ellipsis(),
          nb::arg("refresh_token").none() = nb::ellipsis(),
          nb::sig("def search_token(self, access_token: str | None = ..., "
                  "refresh_token: str | None = ...) -> " WEBTOOL_CORO("list[str]")),
          "Returns the refresh jtis of all living sessions of the token's subject, oldest first. "
          "Returns an empty list if the token is not valid. If only one token is given, it is the "
          "refresh token. If both are given, they must have been issued together.")
      .def(
          "sessions",
          [](Self self, nb::handle sub, nb::handle own_jti) {
            return operation("JWTService.sessions", self.h, self.p->poll,
                             sessions(*self.p, name_of(sub, "sub"), name_of(own_jti, "own_jti")));
          },
          nb::arg("sub"), nb::arg("own_jti").none() = "",
          nb::sig("def sessions(self, sub: str, own_jti: str | None = '') -> " WEBTOOL_CORO(
              "list[dict[str, typing.Any]]")),
          "Returns all living sessions of a subject, oldest first, as dicts with jti, created, "
          "rotated, expires, note and current. `own_jti` is the jti of the calling client's token "
          "(`auth.extra[\"jti\"]`). `current` is True for the session of this token.")
      .def(
          "end_session",
          [](Self self, nb::handle sub, nb::handle jti) {
            return operation("JWTService.end_session", self.h, self.p->poll,
                             end_session(*self.p, name_of(sub, "sub"), name_of(jti, "jti")));
          },
          nb::arg("sub"), nb::arg("jti").none(),
          nb::sig("def end_session(self, sub: str, jti: str | None) -> " WEBTOOL_CORO("bool")),
          "Ends one session of a subject. `jti` is the jti of any token of the session. The call "
          "needs no token of that session, so check first that the caller is `sub`. Returns False "
          "if the subject has no such session.")
      .def(
          "end_sessions",
          [](Self self, nb::handle sub) {
            return operation("JWTService.end_sessions", self.h, self.p->poll,
                             end_sessions(*self.p, name_of(sub, "sub")));
          },
          nb::arg("sub"), nb::sig("def end_sessions(self, sub: str) -> " WEBTOOL_CORO("None")),
          "Ends all sessions of a subject, for example after a change of password.");
}

void bind_options(nb::class_<Service>& type) {
  type.def_prop_ro(
          "algorithm", [](const Service& self) { return from_text(self.traits.algorithm); },
          nb::sig("def algorithm(self, /) -> str"), "The algorithm of new tokens, such as 'EdDSA'.")
      .def_prop_ro(
          "access_token_expire_time",
          [](const Service& self) { return from_duration(self.traits.access_token_expire_time); },
          nb::sig("def access_token_expire_time(self, /) -> float"),
          "The lifetime of an access token in seconds.")
      .def_prop_ro(
          "refresh_token_expire_time",
          [](const Service& self) { return from_duration(self.traits.refresh_token_expire_time); },
          nb::sig("def refresh_token_expire_time(self, /) -> float"),
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
  bind_constructor<Service, cache::BaseCache>(service, "BaseCache");
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
  bind_constructor<RedisService, cache::RedisCache>(redis, "RedisCache");
}

}  // namespace webtool::python
