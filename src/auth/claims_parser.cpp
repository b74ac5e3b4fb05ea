// Parses the payload of a token into a ClaimsSet: which claims are required, and their type and
// range.
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <cmath>

#include <webtool/auth/claims.hpp>
#include <webtool/jose/json.hpp>

namespace webtool::auth {
namespace {

namespace json = boost::json;

constexpr std::size_t max_sub_size = 255;
constexpr std::size_t max_jti_size = 128;
// In seconds: 2^53 microseconds, in the year 2255.
constexpr double max_time = 9'007'199'254.0;

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

bool read_text(const json::value& value, std::string& out, std::size_t longest) {
  const auto* text = value.if_string();
  if (text == nullptr || text->empty() || text->size() > longest) return false;
  out.assign(text->data(), text->size());
  return true;
}

bool read_time(const json::value& value, Timestamp& out) {
  if (const auto* whole = value.if_int64()) {
    if (*whole < 0 || static_cast<double>(*whole) > max_time) return false;
    out = Timestamp(std::chrono::seconds(*whole));
    return true;
  }
  const auto* number = value.if_double();
  // Written so that NaN fails too.
  if (number == nullptr || !(*number >= 0 && *number <= max_time)) return false;
  // A long double, since rounding the product too could move the time by a microsecond.
  out = Timestamp(std::chrono::microseconds(std::llroundl(*number * 1e6L)));
  return true;
}

// Space-separated text (RFC 8693 §4.2), or an array of scopes.
bool read_scope(const json::value& value, Scope& out) {
  if (const auto* text = value.if_string()) {
    out = split_scope(view(*text));
    return true;
  }
  const auto* array = value.if_array();
  if (array == nullptr) return false;
  for (const auto& entry : *array) {
    const auto* text = entry.if_string();
    if (text == nullptr || text->empty() || view(*text).find(' ') != std::string_view::npos)
      return false;
    out.emplace_back(view(*text));
  }
  return true;
}

bool read_audience(const json::value& value, std::vector<std::string>& out) {
  if (const auto* text = value.if_string()) {
    out.emplace_back(view(*text));
    return true;
  }
  const auto* array = value.if_array();
  if (array == nullptr) return false;
  for (const auto& entry : *array) {
    const auto* text = entry.if_string();
    if (text == nullptr) return false;
    out.emplace_back(view(*text));
  }
  return true;
}

struct Seen {
  bool sub = false, exp = false, iat = false, jti = false;
  [[nodiscard]] bool all() const { return sub && exp && iat && jti; }
};

// Returns false if a known claim has an invalid value.
bool read_claim(std::string_view name, const json::value& value, ClaimsSet& claims, Seen& seen) {
  if (name == "sub") return seen.sub = read_text(value, claims.sub, max_sub_size);
  if (name == "exp") return seen.exp = read_time(value, claims.exp);
  if (name == "iat") return seen.iat = read_time(value, claims.iat);
  if (name == "jti") return seen.jti = read_text(value, claims.jti, max_jti_size);
  if (name == "nbf") return read_time(value, claims.nbf.emplace());
  if (name == "aud") return read_audience(value, claims.aud);
  if (name == "iss") {
    const auto* text = value.if_string();
    if (text != nullptr) claims.iss.emplace(text->data(), text->size());
    return text != nullptr;
  }
  // Other services write null for an absent scope.
  if (name == "scope") return value.is_null() || read_scope(value, claims.scope.emplace());
  if (name == "extra") {
    const auto* object = value.if_object();
    if (object != nullptr) claims.extra = *object;
    return object != nullptr;
  }
  if (name != "typ") claims.private_claims.emplace(name, value);
  return true;
}

}  // namespace

result<ClaimsSet> parse_claims(std::string_view text) {
  // Large enough to parse any usual payload without an allocation.
  unsigned char buffer[4096];
  json::monotonic_resource memory(buffer, sizeof buffer);
  const auto object = jose::parse_strict_object(text, &memory);
  if (!object) return TokenError::malformed;
  ClaimsSet claims;
  Seen seen;
  for (const auto& [name, value] : *object)
    if (!read_claim({name.data(), name.size()}, value, claims, seen))
      return TokenError::invalid_claims;
  if (!seen.all()) return TokenError::invalid_claims;
  return claims;
}

}  // namespace webtool::auth
