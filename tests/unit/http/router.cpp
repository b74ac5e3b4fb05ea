#include "http/router.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace webtool::http {
namespace {

Route route(std::string method, std::string path) {
  return {std::move(method), std::move(path), {}, [](Request&) -> awaitable<Response> {
            co_return Response();
          }};
}

Router router_with(const std::vector<std::pair<std::string, std::string>>& routes) {
  Router router;
  for (const auto& [method, path] : routes) router.add(route(method, path));
  return router;
}

struct Found {
  std::string path{};  // of the route, as declared
  std::vector<std::string> values{};
  unsigned status = 0;
  std::string allow{};
};

Found find(const Router& router, std::string_view method, std::string_view path) {
  RequestParts parts{.method = method, .path = path};
  const auto match = router.match(parts);
  if (match.route == nullptr) {
    return {.status = match.answer.status,
            .allow = std::string(match.answer.header("Allow").value_or(""))};
  }
  Found found{.path = match.route->path};
  for (const auto& parameter : parts.parameters) found.values.push_back(parameter.value);
  return found;
}

using Values = std::vector<std::string>;

TEST(Router, MatchesPathsExactly) {
  const auto router = router_with({{"GET", "/"}, {"GET", "/a/"}, {"GET", "/b"}});
  EXPECT_EQ(find(router, "GET", "/").path, "/");
  EXPECT_EQ(find(router, "GET", "/a/").path, "/a/");
  EXPECT_EQ(find(router, "GET", "/b").path, "/b");
  for (const auto* other : {"/a", "/b/", "/A/", "//", "/a//", "/a/../b", "/b/.", "", "/ab"}) {
    EXPECT_EQ(find(router, "GET", other).status, 404u) << other;
  }
}

TEST(Router, TakesEncodedCharactersForWhatTheyAre) {
  const auto router = router_with({{"GET", "/get_user/"}, {"GET", "/a/{x}"}});
  EXPECT_EQ(find(router, "GET", "/%67et%5Fuser/").path, "/get_user/");
  EXPECT_EQ(find(router, "GET", "/%61/b").path, "/a/{x}");
  // A slash that is encoded separates nothing.
  EXPECT_EQ(find(router, "GET", "/get_user%2F").status, 404u);
  EXPECT_EQ(find(router, "GET", "/get_user%2f").status, 404u);
  EXPECT_EQ(find(router, "GET", "/a%2fb").status, 404u);
  EXPECT_EQ(find(router, "GET", "/a/b%2Fc").values, Values{"b/c"});
}

TEST(Router, BindsParametersToWholeSegments) {
  const auto router = router_with({{"GET", "/u/{id}"}, {"GET", "/u/{id}/k/{key}/"}});
  EXPECT_EQ(find(router, "GET", "/u/1").values, Values{"1"});
  EXPECT_EQ(find(router, "GET", "/u/a%20b+c").values, Values{"a b+c"});
  EXPECT_EQ(find(router, "GET", "/u/1/k/2/").values, (Values{"1", "2"}));
  for (const auto* other : {"/u", "/u/", "/u//", "/u/1/", "/u/1/k/2", "/u/1/k//", "/u//k/2/"}) {
    EXPECT_EQ(find(router, "GET", other).status, 404u) << other;
  }
}

TEST(Router, PrefersPathsWithoutParametersThenTheFirstDeclared) {
  const auto router =
      router_with({{"GET", "/{a}/x"}, {"GET", "/y/{b}"}, {"GET", "/{a}"}, {"GET", "/me"}});
  EXPECT_EQ(find(router, "GET", "/me").path, "/me");
  EXPECT_EQ(find(router, "GET", "/you").path, "/{a}");
  EXPECT_EQ(find(router, "GET", "/y/x").path, "/{a}/x");
  EXPECT_EQ(find(router, "GET", "/y/x").values, Values{"y"});
}

TEST(Router, AnswersHeadByGet) {
  const auto router = router_with({{"GET", "/a"}, {"POST", "/b"}});
  EXPECT_EQ(find(router, "HEAD", "/a").path, "/a");
  EXPECT_EQ(find(router, "HEAD", "/b").status, 405u);
}

TEST(Router, SaysWhatIsAllowed) {
  const auto router = router_with({{"GET", "/a"}, {"PUT", "/a"}, {"DELETE", "/b/{c}"}});
  EXPECT_EQ(find(router, "POST", "/a").status, 405u);
  EXPECT_EQ(find(router, "POST", "/a").allow, "GET, HEAD, OPTIONS, PUT");
  EXPECT_EQ(find(router, "get", "/a").status, 405u);  // methods are case-sensitive
  EXPECT_EQ(find(router, "GET", "/b/1").allow, "DELETE, OPTIONS");
  EXPECT_EQ(find(router, "OPTIONS", "/a").status, 204u);
  EXPECT_EQ(find(router, "OPTIONS", "/a").allow, "GET, HEAD, OPTIONS, PUT");
  EXPECT_EQ(find(router, "OPTIONS", "*").allow, "DELETE, GET, HEAD, OPTIONS, PUT");
  EXPECT_EQ(find(router, "OPTIONS", "/c").status, 404u);
}

TEST(Router, LeavesOptionsAndHeadToThoseWhoDeclareThem) {
  const auto router = router_with({{"OPTIONS", "/a"}, {"HEAD", "/a"}, {"GET", "/a"}});
  EXPECT_EQ(find(router, "OPTIONS", "/a").path, "/a");
  EXPECT_EQ(find(router, "POST", "/a").allow, "GET, HEAD, OPTIONS");
}

TEST(Router, RefusesWhatCannotBeServed) {
  Router router;
  for (const auto* path : {"", "a", "/a b", "/a?b", "/a#b", "/%61", "/{", "/{}", "/a{b}", "/{b}c",
                           "/{a b}", "/{a}/{a}", "/\x80"}) {
    EXPECT_THROW(router.add(route("GET", path)), std::invalid_argument) << path;
  }
  EXPECT_THROW(router.add(route("", "/")), std::invalid_argument);
  EXPECT_THROW(router.add(route("GET /", "/")), std::invalid_argument);
  EXPECT_THROW(router.add({"GET", "/", {}, nullptr}), std::invalid_argument);
}

TEST(Router, RefusesPatternsOfOtherRoutersAndNamesItsOwn) {
  Router router;
  for (const std::string path : {"/x/:id", "/:id", "/x/*", "/x/*path", "/x/*.js", "/x/<id>",
                                 "/x/<int:id>", "/x/{id", "/x/id}", "/x/{id}.json", "/x/[0-9]+",
                                 "/x/(.+)", "/x/\\d+", "/x/^a", "/x/a|b", "/x/**/y"}) {
    try {
      router.add(route("GET", path));
      ADD_FAILURE() << path;
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find("write {name}"), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
    }
  }
  for (const auto* path : {"/a:b", "/users(1)", "/$metadata", "/@me", "/c++", "/~u", "/a;b=1,2"})
    EXPECT_NO_THROW(router.add(route("GET", path))) << path;
}

TEST(Router, RefusesWhatIsTaken) {
  auto router = router_with({{"GET", "/a"}, {"GET", "/b/{c}"}});
  EXPECT_THROW(router.add(route("GET", "/a")), std::invalid_argument);
  EXPECT_THROW(router.add(route("GET", "/b/{c}")), std::invalid_argument);
  EXPECT_THROW(router.add(route("PUT", "/b/{d}")), std::invalid_argument);  // other names
  EXPECT_NO_THROW(router.add(route("PUT", "/a")));
  EXPECT_NO_THROW(router.add(route("PUT", "/b/{c}")));
}

}  // namespace
}  // namespace webtool::http
