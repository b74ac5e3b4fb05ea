#include <webtool/auth/anno_session_backend.hpp>

#include <webtool/jose/base64url.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "auth/cookies.hpp"
#include "core/option_check.hpp"
#include "core/random.hpp"

namespace webtool::auth {
namespace {

using std::chrono::seconds;

constexpr std::size_t min_key_size = 16;
constexpr std::size_t id_bytes = 16;
constexpr std::size_t id_size = 22;
constexpr std::size_t mac_size = 43;
constexpr std::size_t max_time_size = 11;
constexpr seconds max_max_age = std::chrono::days(400);
constexpr seconds max_clock_difference{300};
// The signing input of a token has no zero byte, so that one secret can serve for tokens too.
constexpr std::string_view purpose{"webtool anonymous session\0", 26};

/// Ignores letter case, because browsers do so for the prefix of a cookie name.
bool has_prefix(std::string_view name, std::string_view lower_case) noexcept {
  const auto same = [](char expected, char c) {
    return (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) == expected;
  };
  return name.size() >= lower_case.size() &&
         std::equal(lower_case.begin(), lower_case.end(), name.begin(), same);
}

// RFC 6265 §4.1.1, path-value.
bool is_path(std::string_view text) noexcept {
  return text.starts_with('/') && std::all_of(text.begin(), text.end(), [](char c) {
           return c >= ' ' && c < '\x7f' && c != ';';
         });
}

bool is_domain(std::string_view text) noexcept {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && is_alphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_alphanumeric(c) || c == '.' || c == '-'; });
}

void check(const AnnoSessionOptions& options) {
  const OptionCheck require("AnnoSessionOptions");
  for (const auto& secret : options.secret_keys)
    require(secret.size() >= min_key_size, "secret_keys must each have at least 16 bytes");
  require(is_cookie_name(options.session_name), "session_name is not a valid cookie name");
  require(options.max_age >= seconds(1) && options.max_age <= max_max_age,
          "max_age must be between 1 second and 400 days");
  require(is_path(options.path), "path must begin with a slash and have no semicolon");
  require(options.domain.empty() || is_domain(options.domain), "domain is not a host name");
  require(options.secure || options.same_site != SameSite::none, "same_site none needs secure");
  require(options.secure || !options.partitioned, "partitioned needs secure");
  if (has_prefix(options.session_name, "__secure-"))
    require(options.secure, "session_name with __Secure- needs secure");
  if (has_prefix(options.session_name, "__host-"))
    require(options.secure && options.path == "/" && options.domain.empty(),
            "session_name with __Host- needs secure, path \"/\" and no domain");
  require(options.ip_factor >= 1, "ip_factor must be positive");
  require(static_cast<bool>(options.clock), "clock must be callable");
}

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  fill_random({reinterpret_cast<unsigned char*>(bytes.data()), size});
  return bytes;
}

// All backends of the process share this secret, so that two backends of one name accept each
// other's cookies.
const Secret& secret_of_process() {
  static const Secret secret = [] {
    spdlog::warn(
        "webtool: AnnoSessionBackend has no secret key and signs with a random key; its cookies "
        "are not valid in other processes, nor after a restart. Set secret_keys to a key of 32 "
        "random bytes");
    return Secret(random_bytes(32));
  }();
  return secret;
}

jose::Key make_key(const Secret& secret) {
  try {
    return jose::Key::from_secret(secret.expose(), {.algorithm = jose::Algorithm::hs256});
  } catch (const jose::InvalidKey& error) {
    OptionCheck("AnnoSessionOptions").refuse(std::string("secret_keys: ") + error.what());
  }
}

const char* text_of(SameSite same_site) noexcept {
  switch (same_site) {
    case SameSite::strict:
      return "Strict";
    case SameSite::lax:
      return "Lax";
    case SameSite::none:
      return "None";
  }
  return "Strict";
}

std::string attributes_of(const AnnoSessionOptions& options) {
  std::string text = "; Max-Age=" + std::to_string(options.max_age.count());
  if (!options.domain.empty()) text += "; Domain=" + options.domain;
  text += "; Path=" + options.path;
  if (options.secure) text += "; Secure";
  text += "; HttpOnly; SameSite=";
  text += text_of(options.same_site);
  if (options.partitioned) text += "; Partitioned";
  return text;
}

/// The parts of `<id>.<issued>.<mac>`. The views point into it.
struct Parts {
  std::string_view id;
  std::string_view signed_text;  ///< `<id>.<issued>`
  std::string_view mac;
  seconds issued;
};

std::optional<Parts> split(std::string_view value) noexcept {
  constexpr auto time_at = id_size + 1;
  if (value.size() <= time_at || value.size() > time_at + max_time_size + 1 + mac_size)
    return std::nullopt;
  const auto dot = value.find('.', time_at);
  if (value[id_size] != '.' || dot == std::string_view::npos || value.size() - dot - 1 != mac_size)
    return std::nullopt;
  std::int64_t issued = 0;
  const auto [stop, error] = std::from_chars(value.data() + time_at, value.data() + dot, issued);
  if (error != std::errc{} || stop != value.data() + dot || issued < 0) return std::nullopt;
  return Parts{value.substr(0, id_size), value.substr(0, dot), value.substr(dot + 1),
               seconds(issued)};
}

}  // namespace

AnnoSessionBackend::AnnoSessionBackend(AnnoSessionOptions options)
    : max_age_(options.max_age), ip_factor_(options.ip_factor) {
  check(options);
  if (options.secret_keys.empty()) options.secret_keys.push_back(secret_of_process());
  for (const auto& secret : options.secret_keys) keys_.push_back(make_key(secret));
  attributes_ = attributes_of(options);
  name_ = std::move(options.session_name);
  clock_ = std::move(options.clock);
  // The cookie name is signed too, so that a session is not valid under another cookie name.
  signed_prefix_ = std::string(purpose) + name_ + '\0';
}

awaitable<result<AuthData>> BaseAnnoBackend::authenticate(const RequestView& request) {
  auto session = read(request);
  if (session.has_error()) co_return session.error();
  AuthData auth;
  auth.identifier = std::move(session->id);
  co_return auth;
}

result<AnnoSession> AnnoSessionBackend::read(const RequestView& request) const {
  const auto value = find_cookie(request, name_);
  if (value.has_error()) return value.error();
  return verify(*value);
}

result<AnnoSession> AnnoSessionBackend::verify(std::string_view value) const {
  const auto parts = split(value);
  std::string mac;
  if (!parts || !jose::base64url_decode(parts->mac, mac)) return TokenError::malformed;
  const auto message = signed_prefix_ + std::string(parts->signed_text);
  const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const jose::Key& candidate) {
    return candidate.verify(message, mac);
  });
  if (key == keys_.end()) return TokenError::bad_signature;

  const Timestamp issued(parts->issued);
  const auto age = clock_() - issued;
  if (age < -max_clock_difference) return TokenError::not_yet_valid;
  if (age >= max_age_) return TokenError::expired;
  const bool renew = key != keys_.begin() || age > max_age_ / 2;
  return AnnoSession{std::string(parts->id), issued, renew};
}

AnnoSession AnnoSessionBackend::issue() const {
  return {jose::base64url_encode(random_bytes(id_bytes)), std::chrono::floor<seconds>(clock_()),
          false};
}

std::string AnnoSessionBackend::set_cookie(const AnnoSession& session) const {
  const auto bytes = jose::base64url_decode(session.id);
  if (!bytes || bytes->size() != id_bytes)
    throw std::invalid_argument("AnnoSession::id was not issued by this backend");
  const auto now = std::chrono::floor<seconds>(clock_()).time_since_epoch().count();
  const auto signed_text = session.id + '.' + std::to_string(now);
  std::string mac;
  keys_.front().sign(signed_prefix_ + signed_text, mac);
  return name_ + '=' + signed_text + '.' + jose::base64url_encode(mac) + attributes_;
}

}  // namespace webtool::auth
