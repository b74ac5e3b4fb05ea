// Finds the route of a request. Paths without parameters need one hash lookup. Paths with
// parameters are tried in the order of their declaration.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <webtool/http/guards.hpp>
#include <webtool/throttle/limit_middleware.hpp>

namespace webtool::http {

/// The limits of a route, and the middleware that applies them.
struct RouteLimits {
  throttle::LimitMiddleware* middleware;
  throttle::Policy policy;
};

struct Route {
  std::string method;
  std::string path;  ///< as declared
  std::vector<Guard> guards;
  Handler handler;
  std::optional<RouteLimits> limits{};
};

/// A route, or the response to a request without a route.
struct Match {
  const Route* route = nullptr;
  Response answer{};
};

class Router {
 public:
  /// Adds a route; see Server::route.
  void add(Route route);

  /// Finds the route of a request and stores the values of its `{name}` parameters in
  /// `parts.parameters`. If there is no route, returns a response: 404, 405 if the path does not
  /// have the method, or 204 for OPTIONS. HEAD uses the route of GET.
  [[nodiscard]] Match match(RequestParts& parts) const;

 private:
  using Methods = std::set<std::string>;

  // All methods of one path.
  struct Resource {
    std::vector<std::string> segments;  // those in braces are parameters
    std::vector<Route> routes;
    Methods allowed{"OPTIONS"};
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  const Resource* find_resource(RequestParts& parts) const;
  static bool fits(const Resource& resource, RequestParts& parts);
  static Response allow(Response response, const Methods& methods);
  static const Route* find_route(const Resource& resource, std::string_view method);

  std::unordered_map<std::string, Resource, Hash, std::equal_to<>> plain_;
  std::vector<Resource> with_parameters_;
  Methods methods_{"OPTIONS"};  // of all routes, for OPTIONS *
};

}  // namespace webtool::http
