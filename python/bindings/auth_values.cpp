#include "auth_values.hpp"

#include "claims.hpp"
#include "json.hpp"
#include "values.hpp"

namespace webtool::python {

nb::object from_auth(const auth::AuthData& auth) {
  static const nb::handle type =
      nb::module_::import_("webtool.auth.models").attr("AuthData").inc_ref();
  return type(from_text(auth.identifier), from_scope(auth.scope), from_json(auth.extra));
}

auth::AuthData to_auth(nb::handle object) {
  auth::AuthData auth;
  auth.identifier = to_text(object.attr("identifier"), "identifier of AuthData");
  auth.scope = to_scope(nb::getattr(object, "scope", nb::none()));
  const nb::object extra = nb::getattr(object, "extra", nb::none());
  if (!extra.is_none()) auth.extra = to_json_object(extra, "extra of AuthData");
  return auth;
}

}  // namespace webtool::python
