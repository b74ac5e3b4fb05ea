// webtool.auth: JWTManager, and managers of users.
#include "manager.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <stdexcept>

#include "bindings.hpp"
#include "claims.hpp"
#include "keys.hpp"
#include "values.hpp"

namespace webtool::python {
namespace {

using auth::Claims;
using auth::Expiry;
using auth::TokenError;
using auth::TokenType;

// A claim of that name stands for the header's `typ`: a manager in Python sees one dictionary.
constexpr const char* typ = "typ";

const char* name_of(TokenType type) {
  return type == TokenType::access ? "at+jwt" : "rt+jwt";
}

nb::object with_type(const Claims& claims, TokenType type) {
  auto dict = from_claims(claims);
  dict[typ] = name_of(type);
  return dict;
}

TokenType type_of(nb::handle dict) {
  nb::object given = dict.attr("get")(typ, name_of(TokenType::access));
  const auto text = to_text(given, typ);
  for (const auto type : {TokenType::access, TokenType::refresh})
    if (text == name_of(type)) return type;
  throw std::invalid_argument("typ must be at+jwt or rt+jwt");
}

std::string encode(ManagerRules& rules, nb::handle dict, nb::handle secret_key,
                   nb::handle algorithm) {
  const auto claims = to_token_claims(dict);
  if (claims.exp == Timestamp{} || claims.iat == Timestamp{} || claims.jti.empty())
    throw std::invalid_argument("claims must have exp, iat and jti");
  return rules.manager_for(secret_key, algorithm).encode(claims, type_of(dict));
}

nb::object decode(ManagerRules& rules, const std::string& token, nb::handle secret_key,
                  nb::handle algorithm, bool verify_exp) {
  auto& manager = rules.manager_for(secret_key, algorithm);
  const auto expiry = verify_exp ? Expiry::enforced : Expiry::ignored;
  for (const auto type : {TokenType::access, TokenType::refresh}) {
    const auto claims = manager.decode(token, type, system_now(), expiry);
    if (claims) return with_type(*claims, type);
  }
  return nb::none();
}

}  // namespace

auth::JWTManager& ManagerRules::manager_for(nb::handle secret_key, nb::handle algorithm) {
  if (latest_ && secret_key.is(secret_key_) && algorithm.is(algorithm_)) return *latest_;
  auto keys = to_key_ring(secret_key).keys();
  if (const auto wanted = to_algorithm(algorithm))
    keys.front() = keys.front().with_algorithm(*wanted);
  latest_ = std::make_shared<auth::JWTManager>(jose::KeyRing(std::move(keys)), options);
  secret_key_ = nb::borrow(secret_key);
  algorithm_ = nb::borrow(algorithm);
  return *latest_;
}

PythonManager::PythonManager(nb::object manager, nb::object secret_key, std::string_view algorithm)
    : manager_(std::move(manager)),
      secret_key_(std::move(secret_key)),
      algorithm_(from_text(algorithm)) {}

std::string PythonManager::encode(const Claims& claims, TokenType type) {
  const nb::object token =
      manager_.attr("encode")(with_type(claims, type), secret_key_, algorithm_);
  return to_bytes(token, "what a manager's encode gives");
}

result<Claims> PythonManager::decode(std::string_view token, TokenType type, Timestamp now,
                                     Expiry expiry) {
  const auto text = from_text(token);
  // Not passed where it is the default: a manager need not know of it.
  const nb::object given =
      expiry == Expiry::enforced
          ? manager_.attr("decode")(text, secret_key_, algorithm_)
          : manager_.attr("decode")(text, secret_key_, algorithm_, nb::arg("verify_exp") = false);
  if (given.is_none()) return TokenError::malformed;
  Claims claims;
  try {
    claims = to_token_claims(given);
    if (type_of(given) != type) return TokenError::wrong_type;
  } catch (const std::invalid_argument&) {
    return TokenError::invalid_claims;
  }
  if (claims.sub.empty() || claims.jti.empty()) return TokenError::invalid_claims;
  if (expiry == Expiry::enforced && claims.exp <= now) return TokenError::expired;
  return claims;
}

void bind_manager(nb::module_& module) {
  nb::class_<ManagerRules>(
      module, "JWTManager", nb::sig("class JWTManager(webtool.auth.base.BaseJWTManager)"),
      "Claims to token and back, by rules: `issuer` and `audience` are set and required when "
      "given, `leeway` is how many seconds clocks may differ.")
      .def(
          "__init__",
          [](ManagerRules* self, std::optional<std::string> issuer,
             std::optional<std::string> audience, nb::handle leeway) {
            auth::JWTManagerOptions options;
            options.issuer = std::move(issuer);
            options.audience = std::move(audience);
            options.leeway = to_duration(leeway, "leeway");
            new (self) ManagerRules();
            self->options = std::move(options);
          },
          nb::kw_only(), nb::arg("issuer") = nb::none(), nb::arg("audience") = nb::none(),
          nb::arg("leeway") = 30,
          nb::sig("def __init__(self, *, issuer: str | None = None, audience: str | None = None, "
                  "leeway: float | datetime.timedelta = 30) -> None"))
      .def("encode", encode, nb::arg("claims"), nb::arg("secret_key"),
           nb::arg("algorithm") = nb::none(),
           nb::sig("def encode(self, claims: dict[str, typing.Any], secret_key: typing.Any, "
                   "algorithm: str | None = None) -> str"),
           "The token that says `claims`; its header's `typ` is the claim of that name.")
      .def("decode", decode, nb::arg("token"), nb::arg("secret_key"),
           nb::arg("algorithm") = nb::none(), nb::arg("verify_exp") = true,
           nb::sig("def decode(self, token: str, secret_key: typing.Any, "
                   "algorithm: str | None = None, verify_exp: bool = True) "
                   "-> dict[str, typing.Any] | None"),
           "What the token says, if it is to be believed now.");
}

}  // namespace webtool::python
