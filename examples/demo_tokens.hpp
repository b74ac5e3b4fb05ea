// GET /token/ creates a session for everyone, so that users can try the documentation without an
// account. It must never create a session for an account. So it refuses the names of accounts, and
// a registration ends the earlier sessions of its name.
#pragma once

#include <webtool/auth/jwt_service.hpp>
#include <webtool/http/request.hpp>
#include <webtool/http/response.hpp>

#include <boost/json/array.hpp>

#include <iostream>
#include <string>

#include "getting_started.hpp"
#include "user_store.hpp"

/// The default subject of the demo route. No account can have this name.
inline constexpr std::string_view demo_subject = "123";

/// The response with a new pair of tokens.
inline webtool::http::Response answer_with(const webtool::auth::TokenPair& pair) {
  const boost::json::array both{pair.access, pair.refresh};
  return webtool::http::json(200, both).set("Cache-Control", "no-store");
}

class DemoTokens {
 public:
  DemoTokens(UserStore& users, webtool::auth::BaseJWTService& jwt_service)
      : users_(users), jwt_service_(jwt_service) {}

  /// `?sub=` is the subject, `?scope=a b` the scopes.
  webtool::awaitable<webtool::http::Response> create(webtool::http::Request& request) {
    using namespace webtool;
    auth::Grant claims;
    claims.sub = request.query("sub").value_or(std::string(demo_subject));
    if (const auto scope = request.query("scope")) claims.scope = auth::split_scope(*scope);
    const auto device = printable(request.header("user-agent").value_or(""));
    try {
      bool is_taken = co_await is_account(claims.sub);
      if (is_taken) co_return refused();
      const auto pair = co_await jwt_service_.create_token(claims, device);
      // The name may have been registered meanwhile, too late to end this session.
      is_taken = co_await is_account(claims.sub);
      if (!is_taken) co_return answer_with(pair);
      (void)co_await jwt_service_.invalidate_token(pair.refresh);
      co_return refused();
    } catch (const std::logic_error& error) {  // a sub or scope that is not allowed in a token
      co_return http::problem(400, "invalid claims", error.what());
    } catch (const db::DatabaseError& error) {
      std::cerr << "token: " << error.what() << std::endl;
      co_return http::problem(503, "try again").set("Retry-After", "1");
    }
  }

 private:
  static webtool::http::Response refused() {
    return webtool::http::problem(403, "this name belongs to an account; use POST /login/");
  }

  webtool::awaitable<bool> is_account(const std::string& subject) {
    const auto name = UserStore::canonical_name(subject);
    if (!name || *name == demo_subject) co_return false;
    co_return co_await users_.exists(*name);
  }

  UserStore& users_;
  webtool::auth::BaseJWTService& jwt_service_;
};
