#include <webtool/auth/auth_data.hpp>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <utility>

#include "auth/json_writer.hpp"

namespace webtool::auth {
namespace {

double seconds(Timestamp time) {
  return static_cast<double>(time.time_since_epoch().count()) / 1e6;
}

}  // namespace

AuthData to_auth_data(ClaimsSet claims) {
  AuthData auth;
  auth.identifier = std::move(claims.sub);
  auth.scope = std::move(claims.scope);
  auth.extra["exp"] = seconds(claims.exp);
  auth.extra["iat"] = seconds(claims.iat);
  auth.extra["jti"] = claims.jti;
  auth.extra["extra"] = std::move(claims.extra);
  for (auto& [name, value] : claims.private_claims) auth.extra[name] = std::move(value);
  return auth;
}

std::string to_json(const AuthData& auth) {
  boost::json::value scope;
  if (auth.scope) scope = boost::json::array(auth.scope->begin(), auth.scope->end());
  std::string out;
  JsonObjectWriter(out)
      .member("identifier", auth.identifier)
      .member("scope", scope)
      .member("extra", auth.extra)
      .end();
  return out;
}

}  // namespace webtool::auth
