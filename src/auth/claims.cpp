#include <webtool/auth/claims.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "auth/json_writer.hpp"

namespace webtool::auth {
namespace {

constexpr std::size_t max_sub_size = 255;

}  // namespace

std::string to_json(const ClaimsSet& claims) {
  std::string out;
  out.reserve(256);
  JsonObjectWriter writer(out);
  writer.member("sub", claims.sub).member("exp", claims.exp).member("iat", claims.iat);
  writer.member("jti", claims.jti);
  if (claims.iss) writer.member("iss", *claims.iss);
  if (claims.aud.size() == 1) writer.member("aud", claims.aud.front());
  if (claims.aud.size() > 1)
    writer.member("aud", boost::json::array(claims.aud.begin(), claims.aud.end()));
  if (claims.nbf) writer.member("nbf", *claims.nbf);
  if (claims.scope) writer.member("scope", join(*claims.scope));
  writer.member("extra", claims.extra);
  for (const auto& [name, value] : claims.private_claims)
    writer.member(std::string_view(name), value);
  writer.end();
  return out;
}

std::string_view meaning_of(std::string_view name) noexcept {
  constexpr std::pair<std::string_view, std::string_view> meanings[] = {
      {"sub", "the subject"},
      {"scope", "the scopes"},
      {"extra", "the object for what the application adds"},
      {"exp", "set by access_token_expire_time and refresh_token_expire_time"},
      {"iat", "set by the service's clock"},
      {"nbf", "set by the service's clock"},
      {"jti", "set by the service"},
      {"iss", "set by the manager's option issuer"},
      {"aud", "set by the manager's option audience"},
      {"typ", "set by the service"}};
  for (const auto& [known, meaning] : meanings)
    if (name == known) return meaning;
  return {};
}

void check_grant(const Grant& grant) {
  if (grant.sub.empty() || grant.sub.size() > max_sub_size)
    throw std::invalid_argument("sub must have 1 to 255 bytes");
  if (grant.scope && !std::all_of(grant.scope->begin(), grant.scope->end(), is_scope_token))
    throw std::invalid_argument("scope must be made of scope-tokens (RFC 6749 section 3.3)");
  for (const auto& [key, value] : grant.private_claims) {
    const std::string_view name(key.data(), key.size());
    if (const auto meaning = meaning_of(name); !meaning.empty())
      throw std::invalid_argument("claim '" + std::string(name) + "' cannot be given: it is " +
                                  std::string(meaning));
  }
  // What goes out must be what we would take back: valid UTF-8, finite numbers, bounded depth.
  ClaimsSet whole(grant);
  whole.exp = whole.iat = Timestamp(std::chrono::seconds(1));
  whole.jti.push_back('0');
  if (parse_claims(to_json(whole)).has_error())
    throw std::invalid_argument(
        "sub, extra or a claim of your own is not strict JSON (UTF-8, finite, depth at most 16)");
}

bool is_scope_token(std::string_view text) noexcept {
  const auto fits = [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

Scope split_scope(std::string_view text) {
  Scope scope;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) scope.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return scope;
}

bool includes(const std::optional<Scope>& granted, const Scope& needed) noexcept {
  const auto has = [&](const std::string& one) {
    return granted && std::find(granted->begin(), granted->end(), one) != granted->end();
  };
  return std::all_of(needed.begin(), needed.end(), has);
}

}  // namespace webtool::auth
