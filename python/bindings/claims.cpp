#include "claims.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

#include "json.hpp"
#include "values.hpp"

namespace webtool::python {
namespace {

using auth::ClaimsSet;
using auth::Grant;
using auth::Scope;

// Keys are made once, because every validation builds a claim set.
nb::handle key(const char* name) {
  return nb::handle(PyUnicode_InternFromString(name));
}

struct Keys {
  nb::handle sub = key("sub"), exp = key("exp"), iat = key("iat"), jti = key("jti"),
             scope = key("scope"), extra = key("extra"), iss = key("iss"), aud = key("aud"),
             nbf = key("nbf");
};

const Keys& keys() {
  static const Keys all;
  return all;
}

[[noreturn]] void refuse(const std::string& text) {
  throw std::invalid_argument(text);
}

std::string text_claim(nb::handle value, const char* name) {
  if (!PyUnicode_Check(value.ptr())) refuse(std::string(name) + " must be a str");
  return to_text(value, name);
}

nb::object list_of(const std::vector<std::string>& texts) {
  nb::list list;
  for (const auto& text : texts) list.append(from_text(text));
  return list;
}

// Reads a claim that callers and tokens both have. Returns false if `name` is another claim.
bool read_grant(Grant& claims, std::string_view name, nb::handle value) {
  if (name == "sub")
    claims.sub = text_claim(value, "sub");
  else if (name == "scope")
    claims.scope = to_scope(value);
  else if (name == "extra")
    claims.extra = value.is_none() ? boost::json::object() : to_json_object(value, "extra");
  else
    return false;
  return true;
}

// Converts any mapping to a dict.
nb::object as_dict(nb::handle mapping) {
  if (PyDict_Check(mapping.ptr())) return nb::borrow(mapping);
  if (!nb::hasattr(mapping, "keys")) refuse("claims must be a mapping, such as a dict");
  auto dict = nb::steal(PyDict_New());
  if (!dict.is_valid() || PyDict_Update(dict.ptr(), mapping.ptr()) < 0) throw nb::python_error();
  return dict;
}

template <class Claims, class Read>
Claims read_dict(nb::handle mapping, Read read) {
  const auto dict = as_dict(mapping);
  Claims claims;
  PyObject* name = nullptr;
  PyObject* value = nullptr;
  Py_ssize_t at = 0;
  while (PyDict_Next(dict.ptr(), &at, &name, &value) != 0)
    read(claims, text_claim(name, "the name of a claim"), nb::handle(value));
  return claims;
}

}  // namespace

nb::object from_scope(const std::optional<Scope>& scope) {
  return scope ? list_of(*scope) : nb::none();
}

std::optional<Scope> to_scope(nb::handle object) {
  if (object.is_none()) return std::nullopt;
  if (PyUnicode_Check(object.ptr())) return auth::split_scope(to_text(object, "scope"));
  if (PyDict_Check(object.ptr()) || !nb::hasattr(object, "__iter__"))
    refuse("scope must be a str or a list of str");
  Scope scope;
  for (const nb::handle item : nb::iter(object)) scope.push_back(text_claim(item, "scope"));
  return scope;
}

nb::object from_claims(const ClaimsSet& claims) {
  const auto& k = keys();
  nb::dict dict;
  dict[k.sub] = from_text(claims.sub);
  dict[k.exp] = from_timestamp(claims.exp);
  dict[k.iat] = from_timestamp(claims.iat);
  dict[k.jti] = from_text(claims.jti);
  if (claims.scope) dict[k.scope] = from_scope(claims.scope);
  dict[k.extra] = from_json(claims.extra);
  if (claims.iss) dict[k.iss] = from_text(*claims.iss);
  if (claims.aud.size() == 1) dict[k.aud] = from_text(claims.aud.front());
  if (claims.aud.size() > 1) dict[k.aud] = list_of(claims.aud);
  if (claims.nbf) dict[k.nbf] = from_timestamp(*claims.nbf);
  for (const auto& [name, value] : claims.private_claims)
    dict[from_text({name.data(), name.size()})] = from_json(value);
  return dict;
}

Grant to_grant(nb::handle dict) {
  return read_dict<Grant>(dict, [](Grant& claims, const std::string& name, nb::handle value) {
    if (!read_grant(claims, name, value))
      claims.private_claims[name] = to_json_value(value, name.c_str());
  });
}

Grant to_next_grant(nb::handle dict) {
  return read_dict<Grant>(dict, [](Grant& claims, const std::string& name, nb::handle value) {
    if (!read_grant(claims, name, value) && auth::meaning_of(name).empty())
      claims.private_claims[name] = to_json_value(value, name.c_str());
  });
}

ClaimsSet to_claims_set(nb::handle dict) {
  return read_dict<ClaimsSet>(dict,
                              [](ClaimsSet& claims, const std::string& name, nb::handle value) {
                                if (read_grant(claims, name, value)) return;
                                if (name == "exp") claims.exp = to_timestamp(value, "exp");
                                if (name == "iat") claims.iat = to_timestamp(value, "iat");
                                if (name == "nbf") claims.nbf = to_timestamp(value, "nbf");
                                if (name == "jti") claims.jti = text_claim(value, "jti");
                                if (name == "iss") claims.iss = text_claim(value, "iss");
                                if (name == "aud") {
                                  if (PyUnicode_Check(value.ptr())) {
                                    claims.aud = {text_claim(value, "aud")};
                                  } else {
                                    for (const nb::handle item : nb::iter(value))
                                      claims.aud.push_back(text_claim(item, "aud"));
                                  }
                                }
                                if (auth::meaning_of(name).empty())
                                  claims.private_claims[name] = to_json_value(value, name.c_str());
                              });
}

}  // namespace webtool::python
