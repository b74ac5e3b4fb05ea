#include <webtool/http/cors.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/option_check.hpp"
#include "http/text.hpp"

namespace webtool::http {
namespace {

constexpr OptionCheck require("CorsOptions");

// scheme "://" host [":" port], in lower case and without a path, as browsers send it.
bool is_origin(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto host = text.substr(colon + 3);
  return is_token(text.substr(0, colon)) && !host.empty() && is_host(host) &&
         std::none_of(text.begin(), text.end(), [](char c) { return c != to_lower(c); }) &&
         text.find_first_of("*,%") == std::string_view::npos;
}

std::string join(const std::vector<std::string>& names, const char* field) {
  std::string list;
  for (const auto& name : names) {
    if (!is_token(name))
      require.refuse(std::string(field) + ": \"" + name + "\" is not a valid name");
    list.append(list.empty() ? "" : ", ").append(name);
  }
  return list;
}

class Cors {
 public:
  explicit Cors(CorsOptions options)
      : origins_(std::move(options.origins)),
        methods_(join(options.methods, "methods")),
        headers_(join(options.headers, "headers")),
        expose_(join(options.expose, "expose")),
        max_age_(std::to_string(options.max_age.count())),
        credentials_(options.credentials) {
    require(!origins_.empty(), "origins is empty: list the allowed origins, or write \"*\"");
    require(options.max_age.count() >= 0, "max_age must not be negative");
    is_for_all_ = origins_.front() == "*";
    if (is_for_all_ && origins_.size() == 1) {
      require(!credentials_, "credentials cannot be combined with \"*\": list the allowed origins");
      return;
    }
    for (const auto& origin : origins_) {
      if (!is_origin(origin))
        require.refuse(
            "origins: \"" + origin +
            "\" is not an origin such as https://app.example; \"*\" must be the only entry");
    }
  }

  void operator()(const Request& request, Response& response) const {
    const auto origin = request.header("Origin");
    if (!is_for_all_) response.add("Vary", "Origin");
    const auto* allowed = allowed_origin(origin);
    if (allowed == nullptr) return;
    const bool is_preflight = origin && request.method() == "OPTIONS" &&
                              request.header("Access-Control-Request-Method").has_value();
    if (is_preflight) answer_preflight(request, response);
    response.set("Access-Control-Allow-Origin", *allowed);
    if (credentials_) response.set("Access-Control-Allow-Credentials", "true");
    if (!is_preflight) expose(response);
  }

 private:
  // Returns null if the page may not read the response.
  const std::string* allowed_origin(std::optional<std::string_view> origin) const {
    if (is_for_all_ || (!origin && origins_.size() == 1)) return &origins_.front();
    if (!origin) return nullptr;
    const auto found = std::find(origins_.begin(), origins_.end(), *origin);
    return found == origins_.end() ? nullptr : &*found;
  }

  void answer_preflight(const Request& request, Response& response) const {
    if (response.status == 404) {
      response = Response(204);
      if (!is_for_all_) response.add("Vary", "Origin");
    }
    if (!methods_.empty()) {
      response.set("Access-Control-Allow-Methods", methods_);
    } else if (const auto allow = response.header("Allow")) {
      response.set("Access-Control-Allow-Methods", std::string(*allow));
    } else {
      const auto wanted = *request.header("Access-Control-Request-Method");
      if (is_token(wanted)) response.set("Access-Control-Allow-Methods", wanted);
    }
    if (!headers_.empty()) response.set("Access-Control-Allow-Headers", headers_);
    response.set("Access-Control-Max-Age", max_age_);
  }

  void expose(Response& response) const {
    if (expose_.empty()) return;
    const auto own = response.header("Access-Control-Expose-Headers");
    const std::string list = own && !own->empty() ? std::string(*own) + ", " + expose_ : expose_;
    response.set("Access-Control-Expose-Headers", list);
  }

  std::vector<std::string> origins_;
  std::string methods_, headers_, expose_, max_age_;
  bool credentials_;
  bool is_for_all_ = false;
};

}  // namespace

ResponseHook cors(CorsOptions options) {
  return Cors(std::move(options));
}

}  // namespace webtool::http
