#include "http/router.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include "core/percent.hpp"
#include "http/text.hpp"

namespace webtool::http {
namespace {

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

std::string_view name_of(std::string_view parameter) {
  return parameter.substr(1, parameter.size() - 2);
}

// "/a/{b}/" has the segments "a", "{b}" and "".
std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    segments.emplace_back(path.substr(0, path.find('/')));
    path.remove_prefix(segments.back().size());
  }
  return segments;
}

// The parameter syntax of other routers. Such a route would never match, so it is refused.
bool is_foreign_pattern(std::string_view segment) {
  return segment.starts_with(':') || segment.starts_with('(') ||
         segment.find_first_of("*<>[]\\^|{}") != std::string_view::npos;
}

void check(const Route& route, const std::vector<std::string>& segments) {
  const auto refuse = [&](const std::string& why) {
    throw std::invalid_argument("route " + route.method + " " + route.path + ": " + why);
  };
  if (!is_token(route.method)) refuse("the method is not valid");
  if (!route.path.starts_with('/')) refuse("the path must begin with a slash");
  if (!route.handler) refuse("the handler is missing");
  std::set<std::string_view> names;
  for (const auto& segment : segments) {
    if (is_parameter(segment)) {
      if (!is_token(name_of(segment))) refuse("a parameter must have a valid name");
      if (!names.insert(name_of(segment)).second) refuse("two parameters have the same name");
    } else if (is_foreign_pattern(segment)) {
      refuse("\"" + segment + "\" is not a parameter: write {name} as a whole segment");
    } else if (std::any_of(segment.begin(), segment.end(), [](char c) {
                 return c <= ' ' || c > '~' ||
                        std::string_view("%?#").find(c) != std::string_view::npos;
               })) {
      refuse("the path must be visible ASCII without % ? #");
    }
  }
}

// Two patterns that differ only in the names of their parameters match the same paths.
bool same_shape(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const std::string& a, const std::string& b) {
                      return a == b || (is_parameter(a) && is_parameter(b));
                    });
}

}  // namespace

void Router::add(Route route) {
  auto segments = split(route.path);
  check(route, segments);
  Resource* resource = nullptr;
  if (std::none_of(segments.begin(), segments.end(), is_parameter)) {
    resource = &plain_[route.path];
  } else {
    const auto known =
        std::find_if(with_parameters_.begin(), with_parameters_.end(),
                     [&](const Resource& r) { return same_shape(r.segments, segments); });
    if (known != with_parameters_.end() && known->segments != segments) {
      throw std::invalid_argument("route " + route.path +
                                  ": another route names these parameters differently");
    }
    resource = known != with_parameters_.end() ? &*known : &with_parameters_.emplace_back();
  }
  resource->segments = std::move(segments);
  for (const auto& other : resource->routes) {
    if (other.method == route.method) {
      throw std::invalid_argument("route " + route.method + " " + route.path +
                                  " is declared twice");
    }
  }
  for (auto* methods : {&resource->allowed, &methods_}) {
    methods->insert(route.method);
    if (route.method == "GET") methods->insert("HEAD");
  }
  resource->routes.push_back(std::move(route));
}

Match Router::match(RequestParts& parts) const {
  parts.parameters.clear();
  const bool is_options = parts.method == "OPTIONS";
  if (is_options && parts.path == "*") return {nullptr, allow(Response(204), methods_)};
  const Resource* resource = find_resource(parts);
  if (resource == nullptr) return {nullptr, problem(404)};
  if (const Route* route = find_route(*resource, parts.method)) return {route};
  if (is_options) return {nullptr, allow(Response(204), resource->allowed)};
  return {nullptr, allow(problem(405), resource->allowed)};
}

Response Router::allow(Response response, const Methods& methods) {
  std::string list;
  for (const auto& method : methods) {
    if (!list.empty()) list.append(", ");
    list.append(method);
  }
  return std::move(response).set("Allow", list);
}

const Router::Resource* Router::find_resource(RequestParts& parts) const {
  auto found = plain_.end();
  if (parts.path.find('%') == std::string_view::npos) {
    found = plain_.find(parts.path);
  } else if (parts.path.find("%2f") == std::string_view::npos &&
             parts.path.find("%2F") == std::string_view::npos) {
    // An encoded slash is part of its segment, but no declared path has a slash in a segment.
    if (const auto path = percent_decode(parts.path)) found = plain_.find(*path);
  }
  if (found != plain_.end()) return &found->second;
  for (const auto& resource : with_parameters_) {
    if (fits(resource, parts)) return &resource;
  }
  return nullptr;
}

bool Router::fits(const Resource& resource, RequestParts& parts) {
  parts.parameters.clear();
  std::string_view path = parts.path;
  for (const auto& expected : resource.segments) {
    if (path.empty()) return false;
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    auto decoded = percent_decode(segment);
    if (!decoded) return false;
    if (!is_parameter(expected)) {
      if (*decoded != expected) return false;
    } else if (decoded->empty()) {
      return false;
    } else {
      parts.parameters.push_back({name_of(expected), std::move(*decoded)});
    }
  }
  return path.empty();
}

const Route* Router::find_route(const Resource& resource, std::string_view method) {
  const auto find = [&](std::string_view wanted) -> const Route* {
    for (const auto& route : resource.routes) {
      if (route.method == wanted) return &route;
    }
    return nullptr;
  };
  if (const Route* route = find(method)) return route;
  return method == "HEAD" ? find("GET") : nullptr;
}

}  // namespace webtool::http
