#include <webtool/http/guards.hpp>

#include <webtool/cache/error.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "http/dispatch.hpp"
#include "support/run.hpp"

namespace webtool::http {
namespace {

using auth::AuthData;
using auth::TokenError;

// Says of every request the same.
class FixedBackend final : public auth::BaseBackend {
 public:
  explicit FixedBackend(result<AuthData> outcome) : outcome_(std::move(outcome)) {}
  awaitable<result<AuthData>> authenticate(const auth::RequestView&) override {
    co_return outcome_;
  }

 private:
  result<AuthData> outcome_;
};

Handler handler_that(std::function<Response(Request&)> work) {
  return [work](Request& request) -> awaitable<Response> { co_return work(request); };
}

Response ask(std::vector<Guard> guards,
             Handler handler = handler_that([](Request&) { return Response(200, "in"); })) {
  const Route route{"GET", "/", std::move(guards), std::move(handler)};
  const RequestParts parts;
  Request request(parts);
  test::Loop loop;
  return loop.run(dispatch(route, request));
}

Response ask_as(result<AuthData> outcome, std::vector<Guard> more = {}) {
  FixedBackend backend(std::move(outcome));
  std::vector<Guard> guards{require_auth(backend)};
  guards.insert(guards.end(), more.begin(), more.end());
  return ask(std::move(guards));
}

AuthData user(std::optional<auth::Scope> scope) {
  return {.identifier = "u", .scope = scope};
}

void expect_challenge(const Response& response, unsigned status, std::string_view challenge) {
  EXPECT_EQ(response.status, status);
  EXPECT_EQ(response.header("WWW-Authenticate"), challenge);
  EXPECT_EQ(response.header("Cache-Control"), "no-store");
  EXPECT_EQ(response.header("Content-Type"), "application/problem+json");
}

TEST(RequireAuth, LetsPassWhomTheBackendKnows) {
  EXPECT_EQ(ask_as(user({})).status, 200u);
  FixedBackend backend(user({}));
  const auto who =
      handler_that([](Request& request) { return Response(200, request.auth->identifier); });
  EXPECT_EQ(ask({require_auth(backend)}, who).body, "u");
}

TEST(RequireAuth, AsksForATokenWhereThereIsNone) {
  expect_challenge(ask_as(TokenError::no_credentials), 401, "Bearer");
}

TEST(RequireAuth, RefusesTwoTokensAsABadRequest) {
  expect_challenge(ask_as(TokenError::multiple_credentials), 400,
                   "Bearer error=\"invalid_request\"");
}

TEST(RequireAuth, TellsNoBadTokenFromAnother) {
  const auto first = ask_as(TokenError::malformed);
  expect_challenge(first, 401, "Bearer error=\"invalid_token\"");
  for (int reason = static_cast<int>(TokenError::malformed);
       reason < static_cast<int>(TokenError::no_credentials); ++reason) {
    const auto other = ask_as(static_cast<TokenError>(reason));
    EXPECT_EQ(other.status, first.status) << reason;
    EXPECT_EQ(other.body, first.body) << reason;
    ASSERT_EQ(other.fields().size(), first.fields().size()) << reason;
    for (std::size_t i = 0; i < first.fields().size(); ++i) {
      EXPECT_EQ(other.fields()[i].name, first.fields()[i].name);
      EXPECT_EQ(other.fields()[i].value, first.fields()[i].value);
    }
  }
}

// Each guard lets pass whom its own backend knows, whatever another has said of the request.
TEST(RequireAuth, BelievesItsOwnBackendOnly) {
  FixedBackend knows(user({})), knows_other(AuthData{.identifier = "other"});
  FixedBackend refuses(TokenError::expired), sees_none(TokenError::no_credentials);
  const auto who = handler_that(
      [](Request& request) { return Response(200, request.auth ? request.auth->identifier : ""); });
  expect_challenge(ask({require_auth(knows), require_auth(refuses)}, who), 401,
                   "Bearer error=\"invalid_token\"");
  expect_challenge(ask({require_auth(knows), require_auth(sees_none)}, who), 401, "Bearer");
  expect_challenge(
      ask({require_auth(knows), require_auth(knows_other), require_auth(sees_none)}, who), 401,
      "Bearer");
  EXPECT_EQ(ask({require_auth(knows), require_auth(knows_other)}, who).body, "other");
  // A guard of an application's own may go on without an answer, as this one does.
  const Guard lenient = [&refuses](Request& request) -> awaitable<std::optional<Response>> {
    const auto guard = require_auth(refuses);
    (void)co_await guard(request);
    co_return std::nullopt;
  };
  EXPECT_EQ(ask({require_auth(knows), lenient}, who).body, "");
  expect_challenge(ask({require_auth(knows), lenient, require_scopes({"a"})}, who), 401, "Bearer");
  EXPECT_EQ(ask({lenient, require_auth(knows)}, who).body, "u");
}

// A limit has asked the backend already, and its store failed: the guard does not ask again, since
// a store that comes back in between would let pass whom the limit has not counted.
TEST(RequireAuth, TakesWhatIsUncertainForNobody) {
  FixedBackend knows(user({})), other(user({}));
  const RequestParts parts;
  const Route route{"GET", "/", {require_auth(knows)}, handler_that([](Request&) {
                      return Response(200, "in");
                    })};
  for (const auto* asked : {&knows, &other}) {
    Request request(parts);
    request.auth_backend = asked;
    request.auth_is_certain = false;
    test::Loop loop;
    const auto answer = loop.run(dispatch(route, request));
    EXPECT_EQ(answer.status, asked == &knows ? 503u : 200u);
  }
}

TEST(RequireScopes, WantsEveryOneOfThem) {
  const auto both = require_scopes({"a", "b"});
  EXPECT_EQ(ask_as(user(auth::Scope{"b", "c", "a"}), {both}).status, 200u);
  constexpr auto challenge = "Bearer error=\"insufficient_scope\", scope=\"a b\"";
  expect_challenge(ask_as(user(auth::Scope{"a"}), {both}), 403, challenge);
  expect_challenge(ask_as(user(auth::Scope{}), {both}), 403, challenge);
  expect_challenge(ask_as(user({}), {both}), 403, challenge);
  expect_challenge(ask_as(user(auth::Scope{"a b"}), {both}), 403, challenge);
}

TEST(RequireScopes, LetsNobodyPassWhereNobodyWasAuthenticated) {
  expect_challenge(ask({require_scopes({"a"})}), 401, "Bearer");
}

TEST(RequireScopes, TakesScopeTokensOnly) {
  EXPECT_THROW((void)require_scopes({}), std::invalid_argument);
  for (const std::string bad : {"", "a b", "a\"b", "a\\b", "a\nb", "\xc3\xa9"}) {
    EXPECT_THROW((void)require_scopes({bad}), std::invalid_argument) << bad;
  }
}

TEST(Guards, AreAskedInTheirOrderUntilOneAnswers) {
  std::string order;
  const auto guard = [&order](char name, bool answers) -> Guard {
    return [&order, name, answers](Request&) -> awaitable<std::optional<Response>> {
      order.push_back(name);
      if (answers) co_return Response(418);
      co_return std::nullopt;
    };
  };
  const auto answer = ask({guard('a', false), guard('b', true), guard('c', false)});
  EXPECT_EQ(answer.status, 418u);
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
  EXPECT_EQ(order, "ab");
}

TEST(Guards, MaySayThemselvesHowLongTheirAnswerLasts) {
  const Guard guard = [](Request&) -> awaitable<std::optional<Response>> {
    co_return Response(301).set("Location", "/").set("cache-control", "max-age=60");
  };
  EXPECT_EQ(ask({guard}).header("Cache-Control"), "max-age=60");
}

TEST(Dispatch, AnswersForAStoreThatIsDown) {
  const auto throws = [](Request&) -> Response {
    throw cache::StoreUnavailable(make_error_code(boost::system::errc::timed_out), "secret");
  };
  const auto answer = ask({}, handler_that(throws));
  EXPECT_EQ(answer.status, 503u);
  EXPECT_EQ(answer.header("Retry-After"), "1");
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
  EXPECT_EQ(answer.body, problem(503).body);

  const Guard guard = [](Request&) -> awaitable<std::optional<Response>> {
    throw cache::StoreUnavailable(make_error_code(boost::system::errc::timed_out));
    co_return std::nullopt;
  };
  EXPECT_EQ(ask({guard}).status, 503u);
}

TEST(Dispatch, DoesNotSayWhatWentWrong) {
  const auto expect_500 = [](std::function<Response(Request&)> work) {
    const auto answer = ask({}, handler_that(std::move(work)));
    EXPECT_EQ(answer.status, 500u);
    EXPECT_EQ(answer.body, problem(500).body);
  };
  expect_500([](Request&) -> Response { throw std::runtime_error("secret"); });
  expect_500([](Request&) -> Response { throw "secret"; });
  expect_500([](Request& request) { return Response(200, std::string(request.parameter("x"))); });
  for (const unsigned status : {0u, 100u, 199u, 600u}) {
    expect_500([status](Request&) { return Response(status); });
  }
}

}  // namespace
}  // namespace webtool::http
