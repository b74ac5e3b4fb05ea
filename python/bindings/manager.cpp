// webtool.auth: JWTManager, and managers written in Python.
#include "manager.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <stdexcept>
#include <tuple>
#include <utility>

#include "bindings.hpp"
#include "casters/literal.hpp"
#include "casters/options.hpp"
#include "casters/times.hpp"
#include "casters/typed.hpp"
#include "claims.hpp"
#include "keys.hpp"
#include "values.hpp"

namespace webtool::python {

template <>
struct Literal<auth::NumericDates> {
  static constexpr auto choices = std::tuple(choice("exact", auth::NumericDates::exact),
                                             choice("integer", auth::NumericDates::integer));
};

namespace {

using auth::Claims;
using auth::ClaimsSet;
using auth::Expiry;
using auth::JWTManagerOptions;
using auth::TokenError;
using auth::TokenType;

// The claim of this name stands for the header's `typ`, because a manager in Python gets only one
// dictionary.
constexpr const char* typ = "typ";

nb::object with_type(const ClaimsSet& claims, TokenType type) {
  auto dict = from_claims(claims);
  dict[typ] = from_text(media_type(type));
  return dict;
}

TokenType type_of(nb::handle dict) {
  nb::object given = dict.attr("get")(typ, from_text(media_type(TokenType::access)));
  const auto text = to_text(given, typ);
  for (const auto type : {TokenType::access, TokenType::refresh})
    if (text == media_type(type)) return type;
  throw std::invalid_argument("typ must be 'at+jwt' or 'rt+jwt'");
}

// Returns an immutable copy of a key: a str, bytes or Key itself, or the bytes of a buffer. Returns
// nothing for a file, because its contents are known only after reading.
nb::object contents_of_one(nb::handle key) {
  PyObject* const raw = key.ptr();
  if (PyUnicode_Check(raw) || PyBytes_Check(raw) || nb::isinstance<jose::Key>(key))
    return nb::borrow(key);
  if (!PyObject_CheckBuffer(raw)) return {};
  auto bytes = nb::steal(PyBytes_FromObject(raw));
  if (!bytes.is_valid()) throw nb::python_error();
  return bytes;
}

nb::object contents_of(nb::handle secret_key) {
  if (!PyList_Check(secret_key.ptr()) && !PyTuple_Check(secret_key.ptr()))
    return contents_of_one(secret_key);
  nb::list contents;
  for (const nb::handle key : nb::iter(secret_key)) {
    const auto one = contents_of_one(key);
    if (!one.is_valid()) return {};
    contents.append(one);
  }
  return nb::tuple(contents);
}

// Returns whether both have the same contents. Keys are compared by identity, texts by value.
bool same(nb::handle left, nb::handle right) {
  return left.is_valid() && right.is_valid() && (left.is(right) || left.equal(right));
}

std::string encode(ManagerRules& rules, const ClaimsMapping& given, const AnyObject& secret_key,
                   const std::optional<std::string>& algorithm) {
  const auto claims = to_claims_set(given.object);
  if (claims.exp == Timestamp{} || claims.iat == Timestamp{} || claims.jti.empty())
    throw std::invalid_argument("claims must have exp, iat and jti");
  return rules.manager_for(secret_key.object, algorithm).encode(claims, type_of(given.object));
}

std::optional<JsonObject> decode(ManagerRules& rules, const std::string& token,
                                 const AnyObject& secret_key,
                                 const std::optional<std::string>& algorithm, bool verify_exp) {
  auto& manager = rules.manager_for(secret_key.object, algorithm);
  const auto expiry = verify_exp ? Expiry::enforced : Expiry::ignored;
  for (const auto type : {TokenType::access, TokenType::refresh}) {
    const auto claims = manager.decode(token, type, system_now(), expiry);
    if (claims) return JsonObject{with_type(*claims, type)};
  }
  return std::nullopt;
}

}  // namespace

auth::JWTManager& ManagerRules::manager_for(nb::handle secret_key,
                                            const std::optional<std::string>& algorithm) {
  auto contents = contents_of(secret_key);
  if (latest_ && same(contents, contents_) && algorithm == algorithm_) return *latest_;
  auto keys = to_key_ring(secret_key).keys();
  if (const auto wanted = to_algorithm(algorithm))
    keys.front() = keys.front().with_algorithm(*wanted);
  latest_ = std::make_shared<auth::JWTManager>(jose::KeyRing(std::move(keys)), options);
  contents_ = std::move(contents);
  algorithm_ = algorithm;
  return *latest_;
}

PythonManager::PythonManager(nb::object manager, nb::object secret_key, std::string_view algorithm)
    : manager_(std::move(manager)),
      secret_key_(std::move(secret_key)),
      algorithm_(from_text(algorithm)) {}

std::string PythonManager::encode(const ClaimsSet& claims, TokenType type) {
  const nb::object token =
      manager_.attr("encode")(with_type(claims, type), secret_key_, algorithm_);
  return to_bytes(token, "jwt_manager: the result of encode");
}

result<Claims> PythonManager::decode(std::string_view token, TokenType type, Timestamp now,
                                     Expiry expiry) {
  const auto text = from_text(token);
  // The default of verify_exp is not passed, so that a manager need not have this parameter.
  const nb::object given =
      expiry == Expiry::enforced
          ? manager_.attr("decode")(text, secret_key_, algorithm_)
          : manager_.attr("decode")(text, secret_key_, algorithm_, nb::arg("verify_exp") = false);
  if (given.is_none()) return TokenError::malformed;
  ClaimsSet claims;
  try {
    claims = to_claims_set(given);
    if (type_of(given) != type) return TokenError::wrong_type;
  } catch (const std::invalid_argument&) {
    return TokenError::invalid_claims;
  }
  if (claims.sub.empty() || claims.jti.empty()) return TokenError::invalid_claims;
  if (expiry == Expiry::enforced && claims.exp <= now) return TokenError::expired;
  return verified(std::move(claims));
}

void bind_manager(nb::module_& module) {
  nb::class_<ManagerRules> type(
      module, "JWTManager", nb::sig("class JWTManager(webtool.auth.base.BaseJWTManager)"),
      "Encodes claims as a token and decodes the token. If `issuer` or `audience` is given, it is "
      "set in new tokens and required in others. `leeway` is the allowed difference of clocks in "
      "seconds. `numeric_dates='integer'` writes exp, iat and nbf as whole seconds, rounded down, "
      "for readers that do not accept fractions.");
  def_init<JWTManagerOptions>(
      type,
      [](JWTManagerOptions options) {
        ManagerRules rules;
        rules.options = std::move(options);
        return rules;
      },
      nb::kw_only(), option("issuer", &JWTManagerOptions::issuer),
      option("audience", &JWTManagerOptions::audience),
      option("leeway", &JWTManagerOptions::leeway),
      option("numeric_dates", &JWTManagerOptions::numeric_dates));
  type.def("encode", encode, nb::arg("claims"), nb::arg("secret_key"),
           nb::arg("algorithm") = nb::none(),
           "Returns a token with these claims. The claim `typ` becomes the `typ` of the token's "
           "header.")
      .def("decode", decode, nb::arg("token"), nb::arg("secret_key"),
           nb::arg("algorithm") = nb::none(), nb::arg("verify_exp") = true,
           "Returns the claims of the token, or None if the token is not valid now.");
}

}  // namespace webtool::python
