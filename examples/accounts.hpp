// The routes for accounts: POST /register/ and POST /login/. Both accept a form like the password
// flow of OAuth 2.0. Their errors reveal as little as possible.
#pragma once

#include <webtool/auth/client_address.hpp>
#include <webtool/auth/jwt_service.hpp>
#include <webtool/http/server.hpp>
#include <webtool/throttle/base_limiter.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>

#include "demo_tokens.hpp"
#include "getting_started.hpp"
#include "user_store.hpp"

class Accounts {
 public:
  Accounts(UserStore& users, webtool::auth::BaseJWTService& jwt_service,
           webtool::throttle::BaseLimiter& limiter, webtool::auth::ClientAddress client_address)
      : users_(users),
        jwt_service_(jwt_service),
        limiter_(limiter),
        client_address_(std::move(client_address)) {}

  webtool::awaitable<webtool::http::Response> sign_up(webtool::http::Request& request) {
    using namespace webtool;
    const auto form = read(request);
    if (!form) co_return http::problem(400, "username and password are missing");
    if (const auto limited = co_await limit_address(request)) co_return *limited;
    const auto name = UserStore::canonical_name(form->name);
    if (!name)
      co_return http::problem(400, "username must consist of letters, digits, _ . - (at most 64)");
    if (form->password.size() < 8 || form->password.size() > 1024)
      co_return http::problem(400, "password must have 8 to 1024 bytes");
    if (*name == demo_subject) co_return http::problem(409, "username is taken");
    try {
      const bool reserved = co_await users_.reserve(*name);
      if (!reserved) co_return http::problem(409, "username is taken");
      // End the sessions that the demo route created for this name before the account is usable.
      co_await jwt_service_.end_sessions(*name);
      const bool completed = co_await users_.complete(*name, form->password);
      if (!completed) co_return http::problem(409, "username is taken");
    } catch (const Passwords::Busy& error) {
      co_return unavailable(error);
    } catch (const db::DatabaseError& error) {
      co_return unavailable(error);
    }
    const boost::json::object body{{"username", *name}};
    co_return http::json(201, body);
  }

  webtool::awaitable<webtool::http::Response> login(webtool::http::Request& request) {
    using namespace webtool;
    const auto form = read(request);
    if (!form) co_return http::problem(400, "username and password are missing");
    if (const auto limited = co_await limit_address(request)) co_return *limited;
    const auto name = UserStore::canonical_name(form->name).value_or("");
    const auto address = auth::address_identity(client_address_.of(request));
    const auto both = name + ' ' + address;
    if (const auto limited = co_await limit("name and address", both, by_both_)) co_return *limited;
    if (const auto limited = co_await limit("name", name, by_name_)) co_return *limited;
    bool right = false;
    try {
      right = co_await users_.check(name, form->password);
    } catch (const Passwords::Busy& error) {
      co_return unavailable(error);
    } catch (const db::DatabaseError& error) {
      co_return unavailable(error);
    }
    if (!right)
      co_return http::problem(401, "wrong username or password").set("WWW-Authenticate", "Bearer");
    const auth::Grant claims(name);
    const auto device = printable(request.header("user-agent").value_or(""));
    const auto pair = co_await jwt_service_.create_token(claims, device);
    const boost::json::object body{
        {"access_token", pair.access}, {"refresh_token", pair.refresh}, {"token_type", "bearer"}};
    co_return http::json(200, body).set("Cache-Control", "no-store");
  }

 private:
  struct Given {
    std::string name;
    webtool::Secret password;
  };

  static std::optional<Given> read(const webtool::http::Request& request) {
    const auto form = request.form();
    if (form.has_error()) return std::nullopt;
    const auto name = form->get("username");
    const auto password = form->get("password");
    if (!name || !password) return std::nullopt;
    return Given{std::string(*name), webtool::Secret(*password)};
  }

  static webtool::http::Response unavailable(const std::exception& error) {
    std::cerr << "accounts: " << error.what() << std::endl;
    return webtool::http::problem(503, "try again").set("Retry-After", "1");
  }

  webtool::awaitable<std::optional<webtool::http::Response>> limit_address(
      const webtool::http::Request& request) {
    const auto address = webtool::auth::address_identity(client_address_.of(request));
    co_return co_await limit("address", address, by_address_);
  }

  webtool::awaitable<std::optional<webtool::http::Response>> limit(
      std::string_view kind, const std::string& subject, const webtool::throttle::Policy& policy) {
    const auto attempt = webtool::throttle::attempt(policy, {kind, subject});
    const auto decision = co_await limiter_.decide(attempt);
    if (decision.allowed) co_return std::nullopt;
    std::chrono::microseconds wait{0};
    for (const auto& outcome : decision.outcomes)
      if (!outcome.allowed) wait = std::max(wait, outcome.retry_after);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    co_return webtool::http::problem(429).set("Retry-After", std::to_string(seconds));
  }

  UserStore& users_;
  webtool::auth::BaseJWTService& jwt_service_;
  webtool::throttle::BaseLimiter& limiter_;
  webtool::auth::ClientAddress client_address_;
  // One address gets few guesses for a name. All addresses together get far more. This limits
  // guesses from many addresses, but one address alone cannot reach it and lock the owner out.
  const webtool::throttle::Policy by_both_{
      "login here",
      {{.max_requests = 10, .interval = std::chrono::minutes(1)},
       {.max_requests = 30, .interval = std::chrono::hours(1)}}};
  const webtool::throttle::Policy by_name_{
      "login", {{.max_requests = 100, .interval = std::chrono::hours(1)}}};
  const webtool::throttle::Policy by_address_{
      "accounts", {{.max_requests = 30, .interval = std::chrono::minutes(1)}}};
};
