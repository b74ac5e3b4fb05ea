// What the services take and return: claims, pairs of tokens and sessions.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include <webtool/auth/auth_data.hpp>
#include <webtool/auth/claims.hpp>
#include <webtool/auth/jwt_service.hpp>

#include "auth_values.hpp"
#include "casters/caster.hpp"
#include "claims.hpp"
#include "values.hpp"

namespace webtool::python {

/// A token argument that may be absent. `...` means absent, because None is a token that is not
/// valid.
struct Token {
  bool is_given = false;
  std::string text{};
};

}  // namespace webtool::python

namespace nanobind::detail {

template <>
struct type_caster<webtool::python::Token> {
  NB_TYPE_CASTER(webtool::python::Token, const_name("str"))

  bool from_python(handle source, std::uint32_t, cleanup_list*) noexcept {
    value = {};
    value.is_given = source.ptr() != Py_Ellipsis;
    if (!value.is_given || source.is_none()) return true;
    if (!PyUnicode_Check(source.ptr())) return false;
    // A token with an unpaired surrogate is not valid, and becomes the empty text.
    (void)webtool::python::is_read([&] {
      value.text = webtool::python::to_text(source, "");
      return true;
    });
    return true;
  }
  static handle from_cpp(const Value&, rv_policy, cleanup_list*) noexcept {
    return ellipsis().release();
  }
};

template <>
struct type_caster<webtool::auth::Claims> {
  NB_TYPE_CASTER(webtool::auth::Claims, const_name("webtool.auth.models.PayloadT"))

  static handle from_cpp(const Value& claims, rv_policy, cleanup_list*) noexcept {
    return webtool::python::made([&] { return webtool::python::from_claims(claims); });
  }
};

template <>
struct type_caster<webtool::auth::AuthData> {
  NB_TYPE_CASTER(webtool::auth::AuthData, const_name("webtool.auth.models.AuthData"))

  static handle from_cpp(const Value& auth, rv_policy, cleanup_list*) noexcept {
    return webtool::python::made([&] { return webtool::python::from_auth(auth); });
  }
};

template <>
struct type_caster<webtool::auth::TokenPair> {
  NB_TYPE_CASTER(webtool::auth::TokenPair, const_name("tuple[str, str]"))

  static handle from_cpp(const Value& pair, rv_policy, cleanup_list*) noexcept {
    return webtool::python::made([&] {
      return make_tuple(webtool::python::from_text(pair.access),
                        webtool::python::from_text(pair.refresh));
    });
  }
};

template <>
struct type_caster<webtool::auth::SessionInfo> {
  NB_TYPE_CASTER(webtool::auth::SessionInfo, const_name("dict[str, typing.Any]"))

  static handle from_cpp(const Value& session, rv_policy, cleanup_list*) noexcept {
    using webtool::python::from_text;
    using webtool::python::from_timestamp;
    return webtool::python::made([&] {
      dict shown;
      shown["jti"] = from_text(session.refresh_jti);
      shown["created"] = from_timestamp(session.created);
      shown["rotated"] = from_timestamp(session.rotated);
      shown["expires"] = from_timestamp(session.expires);
      shown["note"] = from_text(session.note);
      shown["current"] = bool_(session.current);
      return shown;
    });
  }
};

}  // namespace nanobind::detail
